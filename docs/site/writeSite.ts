import { build } from 'vitepress'
import { site } from './places.ts'
import { stage } from './stage.ts'

/** Writes the static site to docs/site/dist. */
export const writeSite = async (): Promise<void> => {
  stage()
  await build(site)
}

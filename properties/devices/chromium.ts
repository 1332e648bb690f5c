import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { chromiumFolder, driverFolder } from './chromiumFiles.ts'

export interface LaunchOptions {
  /** More switches for the browser's command line. */
  readonly args?: readonly string[]
}

/**
 * Starts the packaged headless Chromium with WebGPU on SwiftShader. Close it with `browser.close()`.
 *
 * The first call of a machine unpacks it (about 2 s); a start takes about 0.1 s.
 */
export const launchChromium = ({ args = [] }: LaunchOptions = {}): Promise<Browser> => {
  const driver = driverFolder()
  const folder = chromiumFolder()
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: [...SWITCHES, ...args],
    env: { ...process.env, LD_LIBRARY_PATH: `${folder}:${join(driver, 'lib')}`, FONTCONFIG_PATH: driver },
  })
}

/** The sandbox asks for rights that a container has not; the pages are our own. */
const SWITCHES = ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { toOptax } from '../../../lib/python.ts'
import { python } from '../../python/python.ts'
import { shapes } from '../../python/rows.ts'
import { isRun, said, which } from '../../python/said.ts'

const has = (tool: string): boolean => {
  try {
    execFileSync(python as string, ['-c', `import ${tool}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const checks = [
  { tool: 'ruff', args: ['-m', 'ruff', 'check', '--isolated', '.'] },
  { tool: 'pyright', args: ['-m', 'pyright', '.'] },
].map((check) => ({ ...check, isHere: python !== undefined && has(check.tool) }))

describe('the printed text', () => {
  for (const { tool, args, isHere } of checks)
    test.skipIf(!isHere)(
      `of ${which} passes ${tool}${isHere ? '' : ` (skipped: no Python with jax, optax and ${tool})`}`,
      () => {
        const folder = mkdtempSync(join(tmpdir(), 'foregrad-'))
        try {
          said
            .filter(({ name }) => isRun(name))
            .forEach(({ of, make }, i) => {
              writeFileSync(join(folder, `row_${i}_${of}.py`), toOptax(make(), { params: shapes }))
            })
          if (tool === 'pyright') {
            const interpreter = execFileSync(python as string, ['-c', 'import sys; print(sys.prefix)'], {
              encoding: 'utf8',
            })
            const settings = { typeCheckingMode: 'basic', venvPath: '/', venv: interpreter.trim().slice(1) }
            writeFileSync(join(folder, 'pyrightconfig.json'), JSON.stringify(settings))
          }
          const { status, stdout, stderr } = spawnSync(python as string, args, { cwd: folder, encoding: 'utf8' })
          expect(status === 0 ? '' : stdout + stderr).toBe('')
        } finally {
          rmSync(folder, { recursive: true })
        }
      },
      600_000,
    )
})

import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'

/**
 * Ends a test run with what was skipped and why, and a plain last line for people and machines alike:
 * `12 passed, 0 failed`, with `, 3 skipped` where there were any. A file that cannot be loaded counts as one failure, and so does a block
 * of tests that cannot be set up or torn down.
 */
export const closingLine = (): Reporter => ({
  onTestRunEnd: (modules, unhandled) => {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const blocks = modules.flatMap((module) => [module, ...module.children.allSuites()])
    const skipped = tests.filter((test) => test.result().state === 'skipped')
    const passed = tests.filter((test) => test.result().state === 'passed').length
    const failed = tests.length - passed - skipped.length + blocks.filter(isBroken).length + unhandled.length
    for (const test of skipped)
      console.log(`SKIPPED ${test.module.relativeModuleId} > ${test.fullName}: ${reason(test)}`)
    console.log(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`)
  },
})

type Block = TestModule | TestSuite

const isBroken = (block: Block): boolean => block.errors().length > 0

const reason = (test: TestCase): string => {
  const result = test.result()
  const broken = blocksAround(test.parent).find(isBroken)
  if (broken) return `the set-up failed: ${broken.errors()[0]?.message.split('\n')[0]}`
  return (result.state === 'skipped' && result.note) || 'no reason given'
}

const blocksAround = (block: Block): Block[] =>
  block.type === 'module' ? [block] : [block, ...blocksAround(block.parent)]

import type { Reporter, TestCase, TestModule } from 'vitest/node'

/**
 * Ends a test run with what was skipped and why, and a plain last line for people and machines alike:
 * `12 passed, 0 failed`, with `, 3 skipped` where there were any. A file that cannot be loaded counts as one failure.
 */
export const closingLine = (): Reporter => ({
  onTestRunEnd: (modules, unhandled) => {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const skipped = tests.filter((test) => test.result().state === 'skipped')
    const passed = tests.filter((test) => test.result().state === 'passed').length
    const failed = tests.length - passed - skipped.length + modules.filter(isBroken).length + unhandled.length
    for (const test of skipped)
      console.log(`SKIPPED ${test.module.relativeModuleId} > ${test.fullName}: ${reason(test)}`)
    console.log(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`)
  },
})

const isBroken = (module: TestModule): boolean => module.errors().length > 0

const reason = (test: TestCase): string => {
  const result = test.result()
  return (result.state === 'skipped' && result.note) || 'no reason given'
}

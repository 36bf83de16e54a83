import FlashCore
import Testing

@testable import flashctl

@Suite struct `What a run that was ended says` {
  private func message(_ action: String, step: Int, finished: Int) -> String {
    Diagnostic(
      PlanRunner.Failure(
        step: step, action: action, name: "system", finishedSteps: finished, isResumable: true,
        underlying: CancellationError()), device: "usb:1-1"
    ).message
  }

  @Test func `comparing changed nothing, and what an earlier run did is done`() {
    let compared = message("compare", step: 1, finished: 5)
    #expect(compared.contains("comparing system, which changes nothing; steps 1 to 5 are done"), "\(compared)")
    #expect(message("compare", step: 1, finished: 0).contains("no step is finished"))
    #expect(message("write", step: 2, finished: 1).contains("; step 1 is done, and the device waits for more"))
  }
}

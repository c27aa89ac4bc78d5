import Compute
import Testing

struct AssemblerLogTests {
  @Test func `registers and spilled bytes are those of the kernel named before them`() {
    let log = AssemblerLog(
      """
      ptxas info    : 0 bytes gmem
      ptxas info    : Compiling entry function 'lstm_sequence_backward' for 'sm_90'
      ptxas info    : Function properties for lstm_sequence_backward
      ptxas         .     16 bytes stack frame, 12 bytes spill stores, 20 bytes spill loads
      ptxas info    : Used 254 registers, used 1 barriers, 18432 bytes smem
      ptxas info    : Compiling entry function 'lstm_sequence_forward' for 'sm_90'
      ptxas info    : Function properties for lstm_sequence_forward
          0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
      ptxas info    : Used 226 registers, used 1 barriers, 20996 bytes smem
      """)
    #expect(log.registers == ["lstm_sequence_backward": 254, "lstm_sequence_forward": 226])
    #expect(log.spilledBytes == ["lstm_sequence_backward": 12, "lstm_sequence_forward": 0])
  }

  @Test func `a silent log tells nothing`() {
    #expect(AssemblerLog("").registers.isEmpty && AssemblerLog("warning: unused variable").spilledBytes.isEmpty)
  }
}

package import Compute
internal import Glibc
package import Sequences

extension Reference {
  /// Hidden and cell state of every sequence, or their gradients, in batch order.
  package struct State {
    package var hidden: [Double]  // (B, H)
    package var cell: [Double]  // (B, H)

    package init(hidden: [Double], cell: [Double]) {
      self.hidden = hidden
      self.cell = cell
    }

    package static func zeros(_ count: Int) -> State {
      State(hidden: [Double](repeating: 0, count: count), cell: [Double](repeating: 0, count: count))
    }
  }

  /// What `LSTMTrace` holds after a forward pass.
  package struct LSTMActivations {
    package var gates: [Double]  // (N, 4H)
    package var cellStates: [Double]  // (N, H)
    package var hiddenStates: [Double]  // (N, H)
    package var finalState: State

    package init(gates: [Double], cellStates: [Double], hiddenStates: [Double], finalState: State) {
      self.gates = gates
      self.cellStates = cellStates
      self.hiddenStates = hiddenStates
      self.finalState = finalState
    }
  }

  package struct LSTMGradients {
    package var parameters: [Double]  // (F + 1 + H, 4H)
    package var inputs: [Double]  // (N, F)
    package var initialState: State
    /// ∂L/∂z, what the trace's gates hold after the backward pass. (N, 4H)
    package var preActivations: [Double]
  }

  /// z = x·kernel + h·recurrentKernel + bias, gates i f c o; c ← σ(z_f)·c + σ(z_i)·tanh(z_c); h ← σ(z_o)·tanh(c).
  package static func lstmForward(
    inputs: [Double], layout: PackedLayout, initialState: State?, parameters: [Double], shape: LSTMShape
  ) -> LSTMActivations {
    let (width, units, gateCount) = (shape.inputSize, shape.hiddenSize, shape.gateCount)
    var result = LSTMActivations(
      gates: [Double](repeating: 0, count: layout.tokenCount * gateCount),
      cellStates: [Double](repeating: 0, count: layout.tokenCount * units),
      hiddenStates: [Double](repeating: 0, count: layout.tokenCount * units),
      finalState: initialState ?? .zeros(layout.batchSize * units))
    for step in 0..<layout.stepCount {
      for row in 0..<layout.activeCounts[step] {
        let token = layout.token(step: step, row: row)
        let state = layout.rowOrder[row] * units  // the running state is kept in `finalState`
        var z = Array(parameters[width * gateCount..<(width + 1) * gateCount])
        for input in 0..<width {
          let x = inputs[token * width + input]
          for gate in 0..<gateCount { z[gate] += x * parameters[input * gateCount + gate] }
        }
        for unit in 0..<units {
          let h = result.finalState.hidden[state + unit]
          for gate in 0..<gateCount { z[gate] += h * parameters[(width + 1 + unit) * gateCount + gate] }
        }
        for unit in 0..<units {
          let i = sigmoid(z[unit])
          let f = sigmoid(z[units + unit])
          let g = tanh(z[2 * units + unit])
          let o = sigmoid(z[3 * units + unit])
          let c = f * result.finalState.cell[state + unit] + i * g
          for (position, gate) in [i, f, g, o].enumerated() {
            result.gates[token * gateCount + position * units + unit] = gate
          }
          result.cellStates[token * units + unit] = c
          result.hiddenStates[token * units + unit] = o * tanh(c)
          result.finalState.cell[state + unit] = c
          result.finalState.hidden[state + unit] = o * tanh(c)
        }
      }
    }
    return result
  }

  /// Backpropagation through time over the activations of `lstmForward`.
  package static func lstmBackward(
    inputs: [Double], layout: PackedLayout, initialState: State?, parameters: [Double], shape: LSTMShape,
    activations: LSTMActivations, hiddenGradient: [Double]?, finalStateGradient: State?
  ) -> LSTMGradients {
    let (width, units, gateCount) = (shape.inputSize, shape.hiddenSize, shape.gateCount)
    let initial = initialState ?? .zeros(layout.batchSize * units)
    // A sequence's gradient waits in `initialState` until its last step comes, then is carried back there.
    var result = LSTMGradients(
      parameters: [Double](repeating: 0, count: shape.parameterCount),
      inputs: [Double](repeating: 0, count: layout.tokenCount * width),
      initialState: finalStateGradient ?? .zeros(layout.batchSize * units),
      preActivations: [Double](repeating: 0, count: layout.tokenCount * gateCount))
    for step in (0..<layout.stepCount).reversed() {
      for row in 0..<layout.activeCounts[step] {
        let token = layout.token(step: step, row: row)
        let state = layout.rowOrder[row] * units
        let previous = step == 0 ? 0 : layout.token(step: step - 1, row: row) * units
        var dz = [Double](repeating: 0, count: gateCount)
        for unit in 0..<units {
          let gate = token * gateCount + unit
          let (i, f) = (activations.gates[gate], activations.gates[gate + units])
          let (g, o) = (activations.gates[gate + 2 * units], activations.gates[gate + 3 * units])
          let tanhC = tanh(activations.cellStates[token * units + unit])
          let previousCell = step == 0 ? initial.cell[state + unit] : activations.cellStates[previous + unit]
          let dh = (hiddenGradient?[token * units + unit] ?? 0) + result.initialState.hidden[state + unit]
          let dc = result.initialState.cell[state + unit] + dh * o * (1 - tanhC * tanhC)
          dz[unit] = dc * g * i * (1 - i)
          dz[units + unit] = dc * previousCell * f * (1 - f)
          dz[2 * units + unit] = dc * i * (1 - g * g)
          dz[3 * units + unit] = dh * tanhC * o * (1 - o)
          result.initialState.cell[state + unit] = dc * f
        }
        result.preActivations.replaceSubrange(token * gateCount..<(token + 1) * gateCount, with: dz)
        for input in 0..<width + 1 {  // the bias is the weight of an input that is always 1
          let x = input == width ? 1 : inputs[token * width + input]
          var dx = 0.0
          for gate in 0..<gateCount {
            result.parameters[input * gateCount + gate] += x * dz[gate]
            dx += parameters[input * gateCount + gate] * dz[gate]
          }
          if input < width { result.inputs[token * width + input] = dx }
        }
        for unit in 0..<units {
          let h = step == 0 ? initial.hidden[state + unit] : activations.hiddenStates[previous + unit]
          var dh = 0.0
          for gate in 0..<gateCount {
            result.parameters[(width + 1 + unit) * gateCount + gate] += h * dz[gate]
            dh += parameters[(width + 1 + unit) * gateCount + gate] * dz[gate]
          }
          result.initialState.hidden[state + unit] = dh
        }
      }
    }
    return result
  }
}

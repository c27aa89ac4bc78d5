internal import Glibc
internal import Music

/// A few bars made up from a song's features, where there is nothing else to listen to: chords in its key and mode at its
/// tempo, as loud, bright and busy as its energy, as merry as its valence. Not the song, and never said to be.
struct Sketch {
  static let sampleRate = 22_050
  static let seconds = 10

  private let tempo, energy, valence, acousticness, danceability, instrumentalness: Double
  private let key: Int
  private let isMajor: Bool
  private let beats: Int

  init(_ row: Int32, of catalogue: Catalogue) {
    func feature(_ feature: AudioFeature, _ standard: Double) -> Double {
      let value = Double(catalogue.feature(feature, of: row))
      return value.isFinite ? min(max(value, 0), 1000) : standard
    }
    func share(_ name: AudioFeature) -> Double { min(feature(name, 0.5), 1) }
    tempo = min(max(feature(.tempo, 110), 50), 200)
    energy = share(.energy)
    valence = share(.valence)
    acousticness = share(.acousticness)
    danceability = share(.danceability)
    instrumentalness = share(.instrumentalness)
    key = min(max(Int(feature(.key, 0)), 0), 11)
    isMajor = feature(.mode, 1) >= 0.5
    beats = feature(.timeSignature, 4) == 3 ? 3 : 4
  }

  /// Chords of four bars, as steps of the scale: merry songs stay near home, sad ones do not.
  private var progression: [Int] {
    switch (isMajor, valence >= 0.5) {
    case (true, true): [0, 4, 5, 3]  // I V vi IV
    case (true, false): [0, 5, 1, 4]  // I vi ii V
    case (false, true): [0, 5, 2, 6]  // i VI III VII
    case (false, false): [0, 3, 5, 4]  // i iv VI v
    }
  }

  /// Hertz of a step of the scale, from the tonic in the octave of middle C.
  private func frequency(_ step: Int, octave: Int = 0) -> Double {
    let scale = isMajor ? [0, 2, 4, 5, 7, 9, 11] : [0, 2, 3, 5, 7, 8, 10]
    let (turns, place) = (step / 7, step % 7)
    return 261.6256 * exp2(Double(key + scale[place] + 12 * (turns + octave)) / 12)
  }

  /// 16-bit mono. (seconds · sampleRate)
  func samples() -> [Int16] {
    let count = Self.seconds * Self.sampleRate
    var sound = [Double](repeating: 0, count: count)
    let beat = 60 / tempo
    for number in 0..<Int((Double(Self.seconds) / beat).rounded(.up)) {
      let (bar, place) = (number / beats, number % beats)
      let start = Double(number) * beat
      let root = progression[bar % 4]
      if place == 0 {
        for step in [root, root + 2, root + 4] {
          play(frequency(step), from: start, seconds: beat * Double(beats), loudness: 0.13, into: &sound)
        }
      }
      play(frequency(root, octave: -2), from: start, seconds: beat * 0.9, loudness: 0.2 + 0.1 * energy, into: &sound)
      // A melody of chord tones, two to the beat where it is danced to.
      for half in 0..<(danceability > 0.55 ? 2 : 1) {
        let step = root + [0, 2, 4, 7, 4, 2, 5, 4][(2 * number + half + key) % 8]
        play(
          frequency(step, octave: 1), from: start + Double(half) * beat / 2, seconds: beat / 2,
          loudness: 0.08 + 0.08 * valence, into: &sound)
      }
      if energy > 0.35 {
        if place % 2 == 0 || danceability > 0.7 { drum(from: start, loudness: 0.5 * energy, into: &sound) }
        for half in 0..<2 {
          hiss(from: start + Double(half) * beat / 2, loudness: 0.12 * energy, seed: number, into: &sound)
        }
      }
    }
    let fade = Double(Self.sampleRate) * 0.4
    return sound.indices.map { index in
      let edge = min(1, Double(index) / (fade / 8), Double(count - index) / fade)
      return Int16(tanh(sound[index] * 0.9) * edge * 30_000)
    }
  }

  /// A tone with overtones: few and dying away where it is acoustic, many and held where it is energetic.
  private func play(
    _ frequency: Double, from start: Double, seconds: Double, loudness: Double, into sound: inout [Double]
  ) {
    let first = Int(start * Double(Self.sampleRate))
    let last = min(sound.count, first + Int(seconds * Double(Self.sampleRate)))
    guard first < last else { return }
    let decay = 1.2 + 4 * acousticness
    let overtones = 1 + Int((4 * energy * (1 - acousticness * 0.5)).rounded())
    for overtone in 1...overtones {
      let pitch = frequency * Double(overtone)
      guard pitch < Double(Self.sampleRate) / 2.2 else { break }
      let amount = loudness / pow(Double(overtone), 1.4 + instrumentalness)
      // A rotating phasor in place of a sine for every sample.
      let angle = 2 * Double.pi * pitch / Double(Self.sampleRate)
      let (turnCos, turnSin) = (cos(angle), sin(angle))
      let fading = exp(-decay / Double(Self.sampleRate))
      var (x, y, level) = (1.0, 0.0, amount)
      for index in first..<last {
        let edge = min(1, Double(index - first) / 120, Double(last - index) / 200)
        sound[index] += y * level * edge
        (x, y) = (x * turnCos - y * turnSin, x * turnSin + y * turnCos)
        level *= fading
      }
    }
  }

  private func drum(from start: Double, loudness: Double, into sound: inout [Double]) {
    let first = Int(start * Double(Self.sampleRate))
    var phase = 0.0
    for index in first..<max(first, min(sound.count, first + Self.sampleRate / 7)) {
      let time = Double(index - first) / Double(Self.sampleRate)
      phase += 2 * Double.pi * (45 + 110 * exp(-time * 40)) / Double(Self.sampleRate)
      sound[index] += sin(phase) * loudness * exp(-time * 22)
    }
  }

  private func hiss(from start: Double, loudness: Double, seed: Int, into sound: inout [Double]) {
    let first = Int(start * Double(Self.sampleRate))
    var noise = UInt32(truncatingIfNeeded: seed &* 2_654_435_761 | 1)
    for index in first..<max(first, min(sound.count, first + Self.sampleRate / 20)) {
      noise ^= noise << 13
      noise ^= noise >> 17
      noise ^= noise << 5
      sound[index] +=
        (Double(noise) / Double(UInt32.max) - 0.5) * loudness
        * exp(-Double(index - first) * 90 / Double(Self.sampleRate))
    }
  }

  /// The samples as a WAV file (RIFF, PCM).
  func wave() -> [UInt8] {
    let samples = samples()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(44 + 2 * samples.count)
    func append(_ value: Int, _ width: Int) { for byte in 0..<width { bytes.append(UInt8(value >> (8 * byte) & 255)) } }
    bytes += "RIFF".utf8
    append(36 + 2 * samples.count, 4)
    bytes += "WAVEfmt ".utf8
    for (value, width) in [(16, 4), (1, 2), (1, 2), (Self.sampleRate, 4), (2 * Self.sampleRate, 4), (2, 2), (16, 2)] {
      append(value, width)
    }
    bytes += "data".utf8
    append(2 * samples.count, 4)
    for sample in samples { append(Int(UInt16(bitPattern: sample)), 2) }
    return bytes
  }
}

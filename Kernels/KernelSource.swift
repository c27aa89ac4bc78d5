/// The OpenCL C text of the engine, embedded at build time.
package enum KernelSource {
  package static let lstm = String(decoding: PackageResources.lstm_cl, as: UTF8.self)
}

internal import CMicroKernels

/// The processors that this process may run on.
package enum Processors {
  /// How many: what `taskset`, a container or a batch system leaves of those that are online.
  package static var count: Int { segueProcessorCount() }
}

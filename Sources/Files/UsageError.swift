/// The command was asked for something that makes no sense: the caller's mistake, not the data's. Exit status 64.
package struct UsageError: Error, CustomStringConvertible, Equatable {
  package let description: String

  package init(_ description: String) { self.description = description }
}

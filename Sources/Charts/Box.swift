internal import Glibc

/// A rectangle of the picture that is taken.
package struct Box {
  package let left, top, width, height: Double

  package init(left: Double, top: Double, width: Double, height: Double) {
    (self.left, self.top, self.width, self.height) = (left, top, width, height)
  }

  package init(around center: (x: Double, y: Double), size: Double) {
    self.init(left: center.x - size / 2, top: center.y - size / 2, width: size, height: size)
  }

  package func overlaps(_ other: Box) -> Bool {
    left < other.left + other.width && other.left < left + width && top < other.top + other.height
      && other.top < top + height
  }

  /// The point of the box that is nearest to another one.
  package func nearest(to point: (x: Double, y: Double)) -> (x: Double, y: Double) {
    (min(max(point.x, left), left + width), min(max(point.y, top), top + height))
  }

  package func distance(to point: (x: Double, y: Double)) -> Double {
    let near = nearest(to: point)
    return hypot(near.x - point.x, near.y - point.y)
  }
}

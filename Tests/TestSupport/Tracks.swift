/// Header of a `tracks.csv`.
package let tracksHeader =
  "track_id,track_name,artist_name,acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,"
  + "mode,speechiness,tempo,time_signature,valence"

/// A `tracks.csv` of songs a, b, c, … that differ in tempo.
package func tracks(_ count: Int) -> String {
  let rows = (0..<count).map { index in
    "\(songName(index)),Song \(index),Artist,0.1,0.2,200000,0.3,0,\(index % 12),0.5,-6,1,0.6,\(100 + index),4,0.7"
  }
  return ([tracksHeader] + rows).joined(separator: "\n") + "\n"
}

package func songName(_ index: Int) -> String { String(UnicodeScalar(UInt8(97 + index))) }

package import Compute

/// All rivals, each with the settings that `segue evaluate --on validation --tune NAME` found on the validation part (362
/// playlists, 10 seeds) of `--split 0.8,0.1,0.1` of the 3,615 open playlists of the Million Playlist Dataset; its test part
/// was looked at once, afterwards:
///
///                               validation                test
///                               ap@10/min  rprec   ndcg   ap@10/min  rprec   ndcg
///     session-knn                  .1793   .1724  .3728      .1704   .1738  .3716
///     vsknn                        .1875   .1770  .3764      .1785   .1757  .3744
///     sequential-rules             .1897   .1764  .3693      .1824   .1737  .3686
///     item-knn                     .1849   .1767  .3795      .1780   .1801  .3783
///     als                          .1836   .1854  .3932      .1726   .1854  .3906
///     bpr                          .1840   .1790  .3888      .1707   .1791  .3842
///     blend                        .2039   .1896  .4011      .1884   .1902  .3967
///     artist-popularity            .1066   .0782  .1828      .0905   .0731  .1758
///     content-knn/standardised     .0045   .0128  .0426      .0044   .0109  .0393
///     content-knn                  .0043   .0090  .0268      .0033   .0079  .0247
///     popularity                   .0428   .0515  .1300      .0370   .0463  .1270
///
/// Standard errors are about .011, .007 and .010; of differences between the first six about .006, .003 and .003.
package enum Rivals {
  package static let all: [any Rival.Type] = [
    SessionNeighbours.self, VectorSessionNeighbours.self, SequentialRules.self, ItemNeighbours.self,
    AlternatingLeastSquares.self, BayesianPersonalizedRanking.self, Blend.self, ArtistPopularity.self,
    ArtistContent.self,
    StandardizedContent.self,
  ]

  /// A rival fitted with the settings as tuned.
  package static func fit(_ rival: any Rival.Type, on input: RivalInput, backend: any Backend) -> RivalRanking {
    func fit<R: Rival>(_: R.Type) -> RivalRanking {
      RivalRanking(R(input, backend: backend), input: input, backend: backend)
    }
    return fit(rival)
  }

  /// The settings of a rival as tuned, as Swift prints them; nil for other methods.
  package static func settings(of name: String) -> String? {
    func tuned<R: Rival>(_: R.Type) -> String { "\(R.tuned)" }
    return all.first { $0.name == name }.map { tuned($0) }
  }
}

// Package zerocost scores architectures in milliseconds, by properties of their networks at
// initialization. It does not train them.
//
// There are two scores, which are evaluators:
//
//   - [NewNASWOT] measures how well the ReLUs distinguish the images of a batch (Mellor, Turner, Storkey & Crowley 2021, Neural
//     Architecture Search without Training, arXiv 2006.04647).
//   - [NewSynflow] measures how much the weights pass on from input to output (Tanaka, Kunin, Yamins & Ganguli 2020, arXiv
//     2006.05467; proposed for architectures by Abdelfattah, Mehrotra, Dudziak & Lane 2021, Zero-Cost Proxies for Lightweight NAS,
//     arXiv 2101.08134).
//
// A search can maximize a score alone:
//
//	score, err := zerocost.NewSynflow(zerocost.Config{
//		Design: network.NASBench201{Channels: 8, Cells: 1},
//		Input:  network.Input{Channels: 1, Height: 28, Width: 28, Classes: 10},
//	})
//	…
//	search, err := rl.New(space, method, rl.Config{})
//	history, err := search.Run(ctx, score)
//
// Only the order of scores is meaningful; scores of different designs, inputs or batches are not comparable. The scores do
// not use labels. How well their order agrees with that of trained accuracies depends on the space, so measure the agreement
// on some architectures before you rely on it. For 200 random cells of NAS-Bench-201, scored in networks of 8 channels and
// one cell per stage with 32 images of Fashion-MNIST, the Spearman correlation with the accuracy on CIFAR-10 is
//
//	                        after 200 epochs, test   after 12 epochs, validation
//	NASWOT                            0.80                      0.56
//	synflow                           0.75                      0.43
//	number of parameters              0.73                      0.42
//
// BenchmarkNB201 of this package measures these correlations.
//
// # Combining a score with an expensive evaluator
//
//   - [Filtered] filters out architectures whose untrained networks score badly, so that expensive evaluations are spent on
//     the rest.
//   - [Scored] adds the score to the metrics of the evaluator's results, for example to break ties.
//   - An rl.Ranker can choose, by a score, which of many drawn architectures a search evaluates; see the example.
package zerocost

// Package zerocost scores architectures without training: by what their networks do at initialisation, in milliseconds.
//
// Two scores are evaluators like any other:
//
//   - [NewNASWOT]: how well the ReLUs tell the images of a batch apart (Mellor, Turner, Storkey & Crowley 2021, Neural
//     Architecture Search without Training, arXiv 2006.04647).
//   - [NewSynflow]: how much the weights carry from input to output (Tanaka, Kunin, Yamins & Ganguli 2020, arXiv 2006.05467;
//     to score architectures: Abdelfattah, Mehrotra, Dudziak & Lane 2021, Zero-Cost Proxies for Lightweight NAS, arXiv
//     2101.08134).
//
// A search maximises one by itself:
//
//	score, err := zerocost.NewSynflow(zerocost.Config{
//		Design: network.NASBench201{Channels: 8, Cells: 1},
//		Input:  network.Input{Channels: 1, Height: 28, Width: 28, Classes: 10},
//	})
//	…
//	trainer, err := rl.NewTrainer(model, score, rl.Config{})
//
// A score orders architectures; its size means little, and scores of different designs, inputs or batches are not
// comparable. Neither knows the labels. How near the order is to that of trained accuracy differs from space to space: measure
// it on some architectures before relying on it. Of 200 random cells of NAS-Bench-201, scored in networks of 8 channels and
// a cell a stage by 32 images of Fashion-MNIST, the Spearman correlation with the accuracy on CIFAR-10 is
//
//	                        after 200 epochs, test   after 12 epochs, validation
//	NASWOT                            0.80                      0.56
//	synflow                           0.75                      0.43
//	number of parameters              0.73                      0.42
//
// which BenchmarkNB201 of this package measures.
//
// # Beside a dear evaluator
//
//   - [Filtered] has only those architectures evaluated whose score is high enough.
//   - [Scored] puts the score among the metrics of the evaluator's results, where it breaks ties.
//   - A search that draws more architectures than it evaluates chooses by a score through a rl.Ranker of a few lines, see the
//     example.
package zerocost

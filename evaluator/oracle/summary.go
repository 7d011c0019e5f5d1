package oracle

import (
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
)

// The metrics of an Oracle's results. Losses are the mean cross-entropy of an image in nats, accuracies are in percent.
const (
	Params        = "params"         // how many parameters are learned
	FLOPs         = "flops"          // multiplications of an image, as network.Plan counts them
	Seconds       = "seconds"        // the time of training alone, with all seeds
	TrainLoss     = "train_loss"     // in the last epoch of training, with label smoothing and augmentation
	TrainAccuracy = "train_accuracy" // likewise
	ValidLoss     = "valid_loss"     // on the validation images, whose accuracy is the result's value
	TestLoss      = "test_loss"      // on the test images, where it was asked for
	TestAccuracy  = "test_accuracy"  // likewise
)

// summary is the means over the trainings of an architecture.
type summary struct {
	result evaluator.Result
	share  float64 // of a training
	guess  float64 // the accuracy of guessing, in percent
}

func newSummary(plan *network.Plan, trainings int) *summary {
	return &summary{
		result: evaluator.Result{Metrics: map[string]float64{Params: float64(plan.Params()), FLOPs: float64(plan.FLOPs())}},
		share:  1 / float64(trainings),
		guess:  100 / float64(plan.Input().Classes),
	}
}

func (s *summary) addTime(elapsed time.Duration) {
	s.result.Cost += elapsed
	s.result.Metrics[Seconds] += elapsed.Seconds()
}

// add adds the figures of a training. They are no means where another one has failed.
func (s *summary) add(train, valid Figures, test *Figures) {
	s.result.Value += s.share * valid.Accuracy
	if s.result.Failure != "" {
		return
	}
	m := s.result.Metrics
	m[TrainLoss] += s.share * train.Loss
	m[TrainAccuracy] += s.share * train.Accuracy
	m[ValidLoss] += s.share * valid.Loss
	if test != nil {
		m[TestLoss] += s.share * test.Loss
		m[TestAccuracy] += s.share * test.Accuracy
	}
}

// addGuess adds a training that has diverged.
func (s *summary) addGuess(failure error) {
	s.result.Value += s.share * s.guess
	if s.result.Failure == "" {
		s.result.Failure = failure.Error()
	}
	for _, name := range []string{TrainLoss, TrainAccuracy, ValidLoss, TestLoss, TestAccuracy} {
		delete(s.result.Metrics, name)
	}
}

package oracle

import (
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
)

// The metrics of an Oracle's results. Losses are the mean cross-entropy per image in nats, and accuracies are in percent.
const (
	Params        = "params"         // number of learned values
	FLOPs         = "flops"          // multiplications per image; see network.Plan
	Seconds       = "seconds"        // time of training, without measuring, for all seeds
	TrainLoss     = "train_loss"     // loss in the last epoch of training, with label smoothing and augmentation
	TrainAccuracy = "train_accuracy" // accuracy in the last epoch of training, with augmentation
	ValidLoss     = "valid_loss"     // loss on the validation images; their accuracy is the result's value
	TestLoss      = "test_loss"      // loss on the test images, if Config.Test is set
	TestAccuracy  = "test_accuracy"  // accuracy on the test images, if Config.Test is set
)

// summary computes the means over the training runs of an architecture.
type summary struct {
	result evaluator.Result
	share  float64 // weight of a training run in the means
	guess  float64 // accuracy of guessing, in percent
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

// add adds the figures of a training run. Losses and accuracies are left out if another training run has failed.
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

// addGuess adds a training run that has diverged.
func (s *summary) addGuess(failure error) {
	s.result.Value += s.share * s.guess
	if s.result.Failure == "" {
		s.result.Failure = failure.Error()
	}
	for _, name := range []string{TrainLoss, TrainAccuracy, ValidLoss, TestLoss, TestAccuracy} {
		delete(s.result.Metrics, name)
	}
}

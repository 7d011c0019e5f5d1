// Package nb101 reads and writes the rows of NAS-Bench-101's published file (Ying et al. 2019,
// arXiv 1902.09635). Each row is a record of a TFRecord file and contains one training run of one cell, as
// a JSON array of
//
//	md5         the cell's hash, 32 hexadecimal digits
//	epochs      the number of training epochs
//	adjacency   the cell's adjacency matrix, row by row, as digits 0 and 1
//	operations  the operations of the cell's nodes, separated by commas
//	metrics     a protocol buffer ModelMetrics in base64, with line breaks
//
// ModelMetrics is the following protocol buffer (proto2, so that unset fields can be recognized):
//
//	message ModelMetrics {
//	  repeated EvaluationData evaluation_data = 1; // before training, halfway and at the end
//	  optional int32 trainable_parameters = 2;
//	  optional double total_time = 3;              // seconds, evaluations included
//	}
//
//	message EvaluationData {
//	  optional double current_epoch = 1;
//	  optional double training_time = 2;           // seconds
//	  optional double train_accuracy = 3;          // 0 to 1, as all accuracies
//	  optional double validation_accuracy = 4;
//	  optional double test_accuracy = 5;
//	  optional string checkpoint_path = 6;
//	}
package nb101

// Package export writes the networks of this module in the forms that other software runs.
//
//   - [ONNX] writes a network with its weights for ONNX Runtime and the many programs that read ONNX.
//   - [PyTorch] writes the source of one network as a Python module that needs PyTorch and nothing else. It reads the
//     weights from the file of network.Save.
//
// Both compute what the network computes in evaluation: batch normalisation goes by the running statistics. They take images
// as N×C×H×W float32 values that are normalized like the training images, for any N, and return N×classes logits. Layers
// that the logits do not depend on are left out.
//
// A network.Document has what it takes to write another form.
package export

// Package export converts networks to formats that other software can run.
//
//   - [ONNX] writes a network with its weights for ONNX Runtime and other programs that read ONNX.
//   - [PyTorch] writes a network as a Python module that needs only PyTorch. The module loads the weights from a file that
//     network.Save has written.
//
// Both compute the same as the network in mode network.Evaluate: batch normalization uses the running statistics. The input is
// N×C×H×W float32 images, normalized like the training images, for any N; the output is N×classes logits. Layers that the
// logits do not depend on are left out.
//
// To write another format, use network.Document, which describes a network completely.
package export

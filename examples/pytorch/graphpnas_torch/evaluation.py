"""The answer to a request: a network is built of its plan, trained and measured."""
import os

from . import data, saved
from .augment import measure_normalization
from .network import build, check_images
from .recipe import read
from .training import Training, measure


class Evaluator:
    """Trains on a data set. checkpoints and trained are folders, or None."""

    def __init__(self, dataset, device, precision="float32", checkpoints=None, trained=None):
        self.dataset, self.device, self.precision = dataset, device, precision
        self.checkpoints, self.trained = checkpoints, trained
        for folder in checkpoints, trained:
            if folder:
                os.makedirs(folder, exist_ok=True)

    def evaluate(self, request, progress):
        """Returns the validation accuracy, from 0 to 1, and other figures by name.

        progress is called with the fraction that is done and a text. Raises Invalid and Diverged.
        """
        recipe = read(request.budget)
        check_images(request.plan, self.dataset.images.shape[1:], self.dataset.classes)
        trained_on, held_out = data.split(self.dataset, recipe)
        normalization = measure_normalization(trained_on.images)
        network = build(request.plan, request.seed)
        training = Training(network, trained_on, normalization, recipe, request.seed, self.device, self.precision)
        self.train(training, progress)
        loss, accuracy = measure(network, training.normalize, held_out, recipe.batch, self.device)
        if self.trained:
            path = os.path.join(self.trained, f"{training.identify()}.safetensors")
            saved.save(path, network, None, (normalization.mean, normalization.deviation))
        return accuracy, {"params": request.plan.count(), **training.figures, "valid_loss": loss}

    def train(self, training, progress):
        """Trains, from the last checkpoint on if there are checkpoints."""
        if not self.checkpoints:
            training.run(progress)
            return
        path = os.path.join(self.checkpoints, f"{training.identify()}.safetensors")
        training.resume(path)
        training.run(progress, lambda: training.save(path))
        if os.path.exists(path):
            os.remove(path)

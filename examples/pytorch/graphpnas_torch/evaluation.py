"""Answers requests: builds the network of a plan, trains it and measures it."""
import os

from . import data, saved
from .augment import measure_normalization
from .network import build, check_images
from .recipe import read
from .shared import SharedRecipe, SharedWeights
from .training import Training, measure


class Evaluator:
    """Trains on a data set. checkpoints and trained are folders, or None. compiled uses torch.compile."""

    def __init__(self, dataset, device, precision="float32", checkpoints=None, trained=None, compiled=False):
        self.dataset, self.device, self.precision = dataset, device, precision
        self.checkpoints, self.trained, self.compiled = checkpoints, trained, compiled
        self.shared = None  # those of the last request about shared weights
        for folder in checkpoints, trained:
            if folder:
                os.makedirs(folder, exist_ok=True)

    def evaluate(self, request, progress):
        """Returns the validation accuracy, from 0 to 1, and other metrics by name.

        progress is called with the completed fraction and a message. Raises Invalid and Diverged.
        """
        check_images(request.plan, self.dataset.images.shape[1:], self.dataset.classes)
        if not {"shared_train", "shared_evaluate"}.isdisjoint(request.budget):
            return self.share(request)
        recipe = read(request.budget)
        trained_on, held_out = data.split(self.dataset, recipe)
        normalization = measure_normalization(trained_on.images)
        network = build(request.plan, request.seed)
        training = Training(network, trained_on, normalization, recipe, request.seed, self.device, self.precision, self.compiled)
        checkpoint = self.checkpoints and os.path.join(self.checkpoints, f"{training.identify()}.safetensors")
        train(training, checkpoint, progress)
        loss, accuracy = measure(network, training.normalize, held_out, recipe.batch, self.device)
        if self.trained:
            path = os.path.join(self.trained, f"{training.identify()}.safetensors")
            saved.save(path, network, None, (normalization.mean, normalization.deviation))
        if checkpoint and os.path.exists(checkpoint):
            os.remove(checkpoint)
        return accuracy, {"params": request.plan.count(), **training.figures, "valid_loss": loss}

    def share(self, request):
        """Trains or measures a plan with shared weights. If they have not reached the requested step, it does neither.

        The metrics include the step that the weights have reached, and a loss only if something was done.
        """
        recipe = read(request.budget, SharedRecipe)
        weights = self.weights_of(request, recipe)
        train, found = "shared_train" in request.budget, None
        if train and recipe.shared_train == weights.step < weights.total_steps:
            found = weights.train(request.plan)
        elif train and recipe.shared_train == weights.step - 1:
            found = weights.figures  # the request is repeated
        elif not train and recipe.shared_evaluate == weights.step:
            found = weights.measure(request.plan, recipe.valid_batches)
        metrics = {
            "step": weights.step, "saved": weights.saved, "epoch_steps": weights.epoch_steps, "total_steps": weights.total_steps,
        }
        if found is None:
            return 0.0, metrics
        return found[1], {**metrics, "train_loss" if train else "valid_loss": found[0]}

    def weights_of(self, request, recipe):
        """Returns the shared weights for a request."""
        about = request.fields["space"], request.seed, recipe.of_weights()
        if self.shared is None or self.shared[0] != about:
            self.close()
            trained_on, held_out = data.split(self.dataset, recipe)
            normalization = measure_normalization(trained_on.images)
            self.shared = about, SharedWeights(
                request.fields["space"], request.seed, recipe, trained_on, held_out, normalization, self.device, self.precision,
                self.checkpoints,
            )
        return self.shared[1]

    def close(self):
        """Writes the checkpoint of shared weights."""
        if self.shared:
            self.shared[1].save()
            self.shared = None


def train(training, checkpoint, progress):
    """Trains. If checkpoint is a path, starts from the file if there is one, and writes it after each epoch."""
    if not checkpoint:
        training.run(progress)
        return
    training.resume(checkpoint)
    training.run(progress, lambda: training.save(checkpoint))

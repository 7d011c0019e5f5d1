"""Tests of the readers of data sets, on small files of every format."""
import gzip
import importlib.util
import os
import pickle
import struct
import tempfile
import unittest

import torch

from graphpnas_torch import cifar, data, idx
from graphpnas_torch.errors import BadData, Invalid
from graphpnas_torch.recipe import Recipe


class Directory(unittest.TestCase):
    """A test with its own directory."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def write(self, name, content):
        """Writes a file and returns its path."""
        path = os.path.join(self.directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def refuses(self, pattern, name="fashion-mnist"):
        """Expects that the directory cannot be loaded."""
        with self.assertRaisesRegex(BadData, pattern):
            data.load(name, self.directory, 8)


def idx_file(content, *shape):
    """Makes an IDX file of bytes."""
    return struct.pack(f">{1 + len(shape)}I", 0x800 | len(shape), *shape) + bytes(content)


class IDX(Directory):
    def write_both(self, images, labels, end=""):
        self.write("train-images-idx3-ubyte" + end, images)
        self.write("train-labels-idx1-ubyte" + end, labels)

    def test_plain_and_gzipped(self):
        images, labels = idx_file(range(12), 2, 3, 2), idx_file([7, 9], 2)
        for end, pack in ("", bytes), (".gz", gzip.compress):
            self.write_both(pack(images), pack(labels), end)
            found = data.load("fashion-mnist", self.directory, 8)
            self.assertEqual(found.images.tolist(), [[[[0, 1], [2, 3], [4, 5]]], [[[6, 7], [8, 9], [10, 11]]]])
            self.assertEqual(found.labels.tolist(), [7, 9])

    def test_damage(self):
        images, labels = idx_file(range(12), 2, 3, 2), idx_file([7, 9], 2)
        for damaged, pattern in [
            (images[:9], "ends within its header"),
            (images[:-1], "fewer than the 12 bytes"),
            (images + b"x", "more than the 12 bytes"),
            (labels + images, "begins with 0x00000801, not 0x00000803"),
            (idx_file([], 2**31, 2**31, 4), "says that it has the shape"),
            (idx_file(range(18), 3, 3, 2), "3 images with 2 labels"),
        ]:
            self.write_both(damaged, labels)
            self.refuses(pattern)
        self.write_both(images, idx_file([7, 10], 2))
        self.refuses("labels outside 0 to 9")

    def test_damaged_gzip(self):
        packed = gzip.compress(idx_file(range(12), 2, 3, 2))
        for damaged in packed[:-9], b"no gzip", packed[:12] + b"\xff" * 9 + packed[21:]:
            path = self.write("images.gz", damaged)
            with self.assertRaisesRegex(BadData, "images.gz"):
                idx.read(path, 3)

    def test_missing(self):
        self.refuses("none of the files train-images-idx3-ubyte.gz, train-images-idx3-ubyte")


def python2_pickle(rows, key, labels):
    """Writes a batch with the operations of Python 2's pickle, where every text is a string of bytes."""

    def text(content):
        return b"U" + bytes([len(content)]) + content

    def small(value):
        return b"K" + bytes([value])

    element = b"cnumpy\ndtype\n" + text(b"u1") + small(0) + small(1) + b"\x87R"
    element += b"(" + small(3) + text(b"|") + b"NNN" + b"J\xff\xff\xff\xff" * 2 + small(0) + b"tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n" + small(0) + b"\x85" + text(b"b") + b"\x87R"
    shape = small(len(rows)) + b"M" + struct.pack("<H", cifar.PIXELS) + b"\x86"
    array += b"(" + small(1) + shape + element + b"\x89T" + struct.pack("<I", len(b"".join(rows))) + b"".join(rows) + b"tb"
    return b"\x80\x02}(" + text(key) + b"](" + b"".join(map(small, labels)) + b"e" + text(b"data") + array + b"u."


class CIFAR(Directory):
    rows = [bytes(range(256)) * 12, bytes(cifar.PIXELS)]

    def check(self, name, number, labels):
        found = data.load(name, self.directory, 8)
        self.assertEqual(found.images.shape, (number, 3, 32, 32))
        self.assertEqual(found.images[0, 1, 0].tolist(), list(range(32)), "the second channel's first row")
        self.assertEqual(found.labels.tolist(), labels)

    def test_binary(self):
        for batch in range(1, 6):
            self.write(f"data_batch_{batch}.bin", bytes([batch]) + self.rows[0] + b"\x09" + self.rows[1])
        self.check("cifar10", 10, [1, 9, 2, 9, 3, 9, 4, 9, 5, 9])
        self.write("train.bin", b"\x13\x63" + self.rows[0])
        self.check("cifar100", 1, [99])

    def test_pickle(self):
        for batch in range(1, 6):
            self.write(f"data_batch_{batch}", python2_pickle(self.rows, b"labels", [batch, 9]))
        self.check("cifar10", 10, [1, 9, 2, 9, 3, 9, 4, 9, 5, 9])
        self.write("train", python2_pickle(self.rows, b"fine_labels", [99, 0]))
        self.check("cifar100", 2, [99, 0])

    def test_damage(self):
        self.refuses("none of the files data_batch_1.bin, data_batch_1", "cifar10")
        whole = python2_pickle(self.rows, b"fine_labels", [99, 0])
        other, fewer = python2_pickle(self.rows, b"labels", [1, 2]), python2_pickle(self.rows, b"fine_labels", [1])
        for damaged in whole[:-9], b"", other, fewer:
            self.write("train", damaged)
            self.refuses("train", "cifar100")
        self.write("train.bin", bytes(3073))
        self.refuses("3073 bytes, which is not a multiple of the record size 3074", "cifar100")

    def test_pickles_call_nothing(self):
        self.write("train", b"cos\nsystem\n(U\x04exittR.")
        self.refuses("os.system does not belong", "cifar100")
        self.write("train", pickle.dumps(eval, protocol=2))
        self.refuses("eval does not belong", "cifar100")


@unittest.skipUnless(importlib.util.find_spec("PIL"), "no Pillow")
class Folder(Directory):
    def test_images(self):
        self.write("dog/b.ppm", b"P6 8 8 255\n" + bytes([255, 0, 7]) * 64)
        self.write("cat/a.pgm", b"P5 16 8 255\n" + bytes([9]) * 128)
        found = data.load("folder", self.directory, 8)
        self.assertEqual((found.images.shape, found.labels.tolist(), found.classes), ((2, 3, 8, 8), [0, 1], 2))
        self.assertEqual(found.images[1, :, 3, 3].tolist(), [255, 0, 7])
        self.assertEqual(found.images[0].unique().tolist(), [9])

    def test_tiny_imagenet(self):
        for name in "n01", "n02":
            self.write(f"train/{name}/images/{name}_0.ppm", b"P6 64 64 255\n" + bytes([7]) * 3 * 64**2)
            self.write(f"train/{name}/{name}_boxes.txt", b"no image")
        found = data.load("tiny-imagenet", self.directory, 8)
        self.assertEqual((found.images.shape, found.labels.tolist(), found.classes), ((2, 3, 64, 64), [0, 1], 2))

    def test_damage(self):
        self.refuses("no folders of images", "folder")
        self.write("cat/a.ppm", b"P6 8 8 255\n" + bytes(100))
        self.write("dog/b.ppm", b"no image")
        self.refuses("a.ppm", "folder")


class Split(unittest.TestCase):
    def test_is_the_same_for_all(self):
        images = data.Dataset(torch.zeros(100, 1, 8, 8, dtype=torch.uint8), torch.arange(100), 100)
        training, held = data.split(images, Recipe(validation=0.2))
        fewer, same = data.split(images, Recipe(validation=0.2, fraction=0.25))
        self.assertEqual((len(training), len(held), len(fewer)), (80, 20, 20))
        self.assertEqual(held.labels.tolist(), same.labels.tolist())
        self.assertEqual(sorted(training.labels.tolist() + held.labels.tolist()), list(range(100)))
        with self.assertRaises(Invalid):
            data.split(images, Recipe(fraction=0.001))

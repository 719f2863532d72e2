#!/usr/bin/env python3
"""Trains the networks of the example on Fashion-MNIST and writes the files the C++ side reads.

    train.py network     trains the network that predicts the noise
    train.py student     trains that network on, with noise of Student's t
    train.py heads       trains its two heads of variance; the network keeps its weights
    train.py classifier  trains the classifier that measures pictures
    train.py noisy       trains the classifier of noisy pictures, for guidance
    train.py export      writes the files from the checkpoints that there are
    train.py engines     writes the network for inference engines, from fashion.weights
    train.py evaluate    how good they are on the 10,000 test pictures
    train.py sample      draws pictures with plain DDIM and writes them as a PNG grid

A training goes on from its last checkpoint if there is one.
"""

import argparse
import math
from pathlib import Path

import torch
from torch.nn import functional

import export
from classifier import Classifier
from heads import Heads
from noisy_classifier import NoisyClassifier
from noising import (draw_labels, held_out_classes, held_out_heads, held_out_loss, student_t,
                     with_noise)
from pictures import read_set
from training import fit, load_checkpoint
from unet import CLASSES, LABELS, UNet, alpha_bar_table

KINDS = dict(network=UNet, student=UNet, heads=Heads, classifier=Classifier, noisy=NoisyClassifier)
NO_LABEL = CLASSES - 1
HERE = Path(__file__).parent


def drop_classes(classes: torch.Tensor, share: float) -> torch.Tensor:
    return torch.where(torch.rand(len(classes)) < share, NO_LABEL, classes)


def read_network() -> UNet:
    """The network with the weights that the C++ side reads."""
    net = UNet()
    export.read_weights(net, HERE / "fashion.weights")
    return net.to(memory_format=torch.channels_last).eval().requires_grad_(False)


def train_unet(net: UNet, degrees: int, held_out, args: argparse.Namespace) -> None:
    net = net.to(memory_format=torch.channels_last)
    velocity = torch.compile(net.velocity) if args.compile else net.velocity

    def loss(clean: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        label = drop_classes(classes, args.dropout)
        t = draw_labels(args.batch, args.power)
        noise = torch.randn_like(clean)
        x, v = with_noise(clean, t, student_t(noise, degrees) if degrees else noise)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.half):
            predicted = velocity(x, net.embed(t, label))
        return (predicted.float() - v).square().mean()

    fit(net, loss, held_out, *read_set(args.data, "train"), args)


def train_network(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    pictures, classes = read_set(args.data, "t10k")

    def held_out(ema: UNet) -> str:
        noise, velocity = held_out_loss(ema, pictures[:1000], classes[:1000])
        return f"noise {noise:.5f} velocity {velocity:.5f}"

    train_unet(UNet(fine=args.fine, coarse=args.coarse), 0, held_out, args)


def say_of_student(net: UNet, degrees: int, test: tuple[torch.Tensor, torch.Tensor]) -> str:
    student, normal = (held_out_loss(net, *test, each)[1] for each in (degrees, 0))
    return f"velocity {student:.5f} with noise of D = {degrees}, {normal:.5f} with normal noise"


def train_student(args: argparse.Namespace) -> None:
    """All that changes is the noise, so that the trained network is near the best one."""
    torch.manual_seed(args.seed)
    test = tuple(each[:1000] for each in read_set(args.data, "t10k"))
    net = read_network()
    print(f"as it was: {say_of_student(net, args.degrees, test)}", flush=True)
    train_unet(net.train().requires_grad_(True), args.degrees,
               lambda ema: say_of_student(ema, args.degrees, test), args)


def say_of_heads(gain: float, not_positive: float) -> str:
    return f"gain {gain:.4f} nats, E[noise^2] - E^2 not positive at {100 * not_positive:.2f} %"


def train_heads(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    test_pictures, test_classes = read_set(args.data, "t10k")
    net = read_network()
    heads = Heads(net.numbers["fine"], net.numbers["embedding"])
    heads.to(memory_format=torch.channels_last)

    def loss(clean: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        t = draw_labels(args.batch, args.power)
        x, v = with_noise(clean, t, torch.randn_like(clean))
        with torch.no_grad():
            embedding = net.embed(t, drop_classes(classes, args.dropout))
            h = net.body(x, embedding)
            error = (net.read_out(h) - v).square()
        residual, square = heads(h, embedding)
        return (residual - error).square().mean() + (square - v.square()).square().mean()

    def held_out(ema: Heads) -> str:
        return say_of_heads(*held_out_heads(net, ema, test_pictures[:1000], test_classes[:1000]))

    fit(heads, loss, held_out, *read_set(args.data, "train"), args)


@torch.no_grad()
def accuracy(net: Classifier, pictures: torch.Tensor, classes: torch.Tensor) -> float:
    right = sum((net(x).argmax(1) == y).sum().item()
                for x, y in zip(pictures.split(500), classes.split(500)))
    return right / len(pictures)


def train_classifier(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    test = read_set(args.data, "t10k")
    net = Classifier().to(memory_format=torch.channels_last)

    def loss(clean: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(net(clean), classes, label_smoothing=0.05)

    fit(net, loss, lambda ema: f"accuracy {accuracy(ema, *test):.4f}",
        *read_set(args.data, "train"), args)


def train_noisy(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    test_pictures, test_classes = read_set(args.data, "t10k")
    net = NoisyClassifier().to(memory_format=torch.channels_last)

    def loss(clean: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        t = draw_labels(args.batch, args.power)
        x, _ = with_noise(clean, t, torch.randn_like(clean))
        return functional.cross_entropy(net(x, t), classes)

    def held_out(ema: NoisyClassifier) -> str:
        return say_of_noisy(*held_out_classes(ema, test_pictures, test_classes))

    fit(net, loss, held_out, *read_set(args.data, "train"), args)


def say_of_noisy(loss: float, accuracy: float) -> str:
    return f"loss {loss:.4f} nats, accuracy {accuracy:.4f}, labels drawn evenly"


@torch.no_grad()
def ddim(
    net: UNet, x: torch.Tensor, classes: torch.Tensor, steps: int, guidance: float
) -> torch.Tensor:
    table = alpha_bar_table()
    labels = torch.linspace(LABELS - 1, 0, steps + 1).round().long()[:-1]
    none = torch.full_like(classes, NO_LABEL)
    for i, label in enumerate(labels):
        t = torch.full((len(x),), float(label))
        noise = net(x, t, none)
        if guidance != 0:
            noise = noise + guidance * (net(x, t, classes) - noise)
        now = table[label].item()
        then = table[labels[i + 1]].item() if i + 1 < steps else 1.0
        clean = (x - math.sqrt(1 - now) * noise) / math.sqrt(now)
        x = math.sqrt(then) * clean + math.sqrt(1 - then) * noise
    return x


def sample(args: argparse.Namespace) -> None:
    from PIL import Image

    net = read_network()
    draw = torch.Generator().manual_seed(args.seed)
    classes = torch.arange(10).repeat_interleave(args.columns)
    x = torch.randn(len(classes), 1, 28, 28, generator=draw)
    x = ddim(net, x, classes, args.steps, args.guidance)
    grid = x.reshape(10, args.columns, 28, 28).permute(0, 2, 1, 3).reshape(280, 28 * args.columns)
    grid = ((grid.clamp(-1, 1) + 1) * 127.5).round().byte().numpy()
    picture = Image.fromarray(grid)
    picture.resize((3 * picture.width, 3 * picture.height), Image.NEAREST).save(args.png)


def describe(state: dict) -> str:
    return (f"epochs {state['epoch']}, {state['seconds'] / 60:.1f} minutes, "
            f"loss of the last epoch {state['loss']:.5f}; test pictures: ")


@torch.no_grad()
def evaluate(args: argparse.Namespace) -> None:
    test = read_set(args.data, "t10k")
    for name, make in KINDS.items():
        path = args.checkpoints / name / "last.pt"
        if not path.exists():
            continue
        net, state = load_checkpoint(path, make)
        if name == "network":
            found = "noise {:.5f} velocity {:.5f}".format(*held_out_loss(net, *test))
        elif name == "student":
            found = (f"{say_of_student(net, args.degrees, test)}; the network that it was: "
                     f"{say_of_student(read_network(), args.degrees, test)}")
        elif name == "heads":
            found = say_of_heads(*held_out_heads(read_network(), net, *test))
        elif name == "noisy":
            found = say_of_noisy(*held_out_classes(net, *test))
        else:
            found = f"accuracy {accuracy(net, *test):.4f}"
        print(f"{name}: {describe(state)}{found}")


def write_files(args: argparse.Namespace) -> None:
    pictures, classes = read_set(args.data, "t10k")
    for name, make in KINDS.items():
        path = args.checkpoints / name / "last.pt"
        if path.exists():
            net, _ = load_checkpoint(path, make)
            file = "student" if name == "student" else export.FILES[make]
            export.write_weights(net, args.out / f"{file}.weights")
    there = {make for make in KINDS.values()
             if (args.out / f"{export.FILES[make]}.weights").exists()}
    if there >= {UNet, Heads, Classifier}:
        export.write_parity(pictures, args.out)
    else:
        print("parity.bin is not written: it takes the weights of all three networks")
    if NoisyClassifier in there:
        export.write_noisy(pictures, classes, args.out)


def write_engine_files(args: argparse.Namespace) -> None:
    net = UNet()
    export.read_weights(net, HERE / "fashion.weights")
    export.write_engine_files(net, args.out)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, act, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text,
                                  formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        sub.set_defaults(act=act)
        sub.add_argument("--threads", type=int, default=2, help="processor threads")
        sub.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"),
                         help="folder of the four IDX files")
        sub.add_argument("--checkpoints", type=Path, default=Path("checkpoints"),
                         help="folder of the checkpoints of all of them")
        return sub

    def training(name: str, act, text: str, epochs: int, rate: float,
                 decay: float) -> argparse.ArgumentParser:
        sub = command(name, act, text)
        sub.add_argument("--seed", type=int, default=1, help="seed of weights, noise and order")
        sub.add_argument("--epochs", type=int, default=epochs, help="passes over the pictures")
        sub.add_argument("--minutes", type=float, default=0, help="end by then (0: no limit)")
        sub.add_argument("--batch", type=int, default=128, help="pictures a step")
        sub.add_argument("--rate", type=float, default=rate, help="peak learning rate")
        sub.add_argument("--warmup", type=int, default=300, help="steps of linear warmup")
        sub.add_argument("--decay", type=float, default=decay, help="weight decay")
        sub.add_argument("--ema", type=float, default=0.999, help="decay of the averaged weights")
        return sub

    def training_unet(name: str, act, text: str, epochs: int,
                      rate: float) -> argparse.ArgumentParser:
        sub = training(name, act, text, epochs, rate, 0.01)
        sub.add_argument("--dropout", type=float, default=0.1,
                         help="share of pictures without label")
        sub.add_argument("--power", type=float, default=1.5, help="labels t = 1000 u^power")
        sub.add_argument("--half", action="store_true", help="bfloat16 arithmetic")
        sub.add_argument("--compile", action="store_true", help="compile the network")
        return sub

    def add_degrees(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--degrees", type=int, default=128,
                         help="degrees of freedom of Student's t, the D of PFGM++")

    sub = training_unet("network", train_network, "train the network", 30, 2e-3)
    sub.add_argument("--fine", type=int, default=48, help="channels at 14 x 14")
    sub.add_argument("--coarse", type=int, default=112, help="channels at 7 x 7")
    add_degrees(training_unet("student", train_student, "train it on with noise of Student's t",
                              12, 3e-4))
    sub = training("heads", train_heads, "train the heads of variance", 10, 1e-3, 0.01)
    sub.add_argument("--dropout", type=float, default=0.1, help="share of pictures without label")
    sub.add_argument("--power", type=float, default=1.0, help="labels t = 1000 u^power")
    training("classifier", train_classifier, "train the classifier", 10, 2e-3, 0.05)
    sub = training("noisy", train_noisy, "train the classifier of noisy pictures", 20, 2e-3, 0.05)
    sub.add_argument("--power", type=float, default=1.0, help="labels t = 1000 u^power")
    add_degrees(command("evaluate", evaluate, "how good they are on the test pictures"))
    sub = command("export", write_files, "write the weights and the parity data")
    sub.add_argument("--out", type=Path, default=HERE, help="folder of the files")
    sub = command("engines", write_engine_files, "write the network as ONNX and TorchScript")
    sub.add_argument("--out", type=Path, default=HERE, help="folder of the files")
    sub = command("sample", sample, "draw a grid of pictures")
    sub.add_argument("--png", type=Path, default=Path("samples.png"), help="file to write")
    sub.add_argument("--steps", type=int, default=20, help="sampler steps")
    sub.add_argument("--guidance", type=float, default=2.0, help="1: plain conditional")
    sub.add_argument("--columns", type=int, default=12, help="pictures of each class")
    sub.add_argument("--seed", type=int, default=1, help="seed of the noise")
    args = parser.parse_args()
    args.out = getattr(args, "out", args.checkpoints / args.command)
    torch.set_num_threads(args.threads)
    args.act(args)


if __name__ == "__main__":
    main()

"""The slips by name. Each is a change of a few lines in the one script that is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

BugName = Literal[
    "no_zero_grad",
    "softmax_twice",
    "wrong_axis",
    "sorted",
    "mixed_up",
    "large_lr",
    "no_eval",
    "test_data",
    "detached",
    "not_scaled",
    "other_net",
    "off_by_one",
]
HarmlessName = Literal["no_eval_no_dropout", "scaled_twice", "summed"]
RIGHT = "right"  # the name of the script without a slip


@dataclass(frozen=True)
class Slip:
    """`right` is found once in the script, and `wrong` stands in its place.

    `near`: of a line that is missing, where else it might stand: parts of lines. `given`: pairs that stand so
    in the mended script too.
    """

    title: str
    right: str
    wrong: str
    hint: str  # where to look, without a name
    why: str  # what happens, and why
    near: tuple[str, ...] = ()
    given: tuple[tuple[str, str], ...] = ()


BUGS: Mapping[str, Slip] = {
    "no_zero_grad": Slip(
        "zero_grad() forgotten",
        right="            optimizer.zero_grad()\n",
        wrong="",
        hint="How alike are the gradients of two steps in a row?",
        why="backward() adds to what stands in .grad. Without zero_grad() each step goes along the sum of "
        "all gradients so far, most of them long out of date.",
        near=("for batch in", "x, y =", "optimizer.step()", "yield net, loss"),
    ),
    "softmax_twice": Slip(
        "Softmax twice",
        right="return self.fc2(x)",
        wrong="return F.softmax(self.fc2(x), dim=1)",
        hint="It is often right. How low does its loss get?",
        why="log_softmax makes shares of its input. Given shares already, it is never surer than "
        "e / (e + 9): the loss stays above ln(1 + 9/e) = 1.461, and gradients are small.",
    ),
    "wrong_axis": Slip(
        "Softmax over the wrong axis",
        right="dim=1), y)",
        wrong="dim=0), y)",
        hint="Guessing among ten costs ln 10 = 2.30. Where does this loss begin?",
        why="dim=0 is the batch: shares are given among the 50 images, not among the ten digits. So it "
        "begins at ln 50 = 3.91.",
    ),
    "sorted": Slip(
        "Not shuffled",
        right="torch.randperm(len(images))",
        wrong="torch.arange(len(images))",
        hint="Count the teeth of the loss in one epoch.",
        why="It sees only zeros, then only ones, and so on: always saying the digit of the moment is right, "
        "until the next class comes.",
    ),
    "mixed_up": Slip(
        "Images and labels mixed up",
        right="    net = Net()\n",
        wrong="    images = images[torch.randperm(len(images))]\n    net = Net()\n",
        hint="Its gradients and weights look healthy. What could it learn from?",
        why="Images were put in a new order, their labels were not. Each image has a label of another: there "
        "is nothing to learn but how often each digit comes.",
    ),
    "large_lr": Slip(
        "Learning rate × 100",
        right="lr=0.001",
        wrong="lr=0.1",
        hint="How high does the loss get, and what gradients are left at the end?",
        why="The first steps overshoot so far that ReLU units may give 0 on every image. Then no gradient "
        "reaches the layers before them; else the steps stay too large to come down.",
    ),
    "no_eval": Slip(
        "eval() forgotten",
        right="    net.eval()\n",
        wrong="",
        hint="Ask it the same question twice.",
        why="Dropout still switches half of the units off while it answers, others each time. It is less "
        "often right than it could be, and gives two answers to one image.",
        near=("return net(",),
    ),
    "test_data": Slip(
        "Trained on the test digits",
        right="images, labels = train",
        wrong="images, labels = test",
        hint="Compare training with test: which should be higher?",
        why="It learned the very digits that it is tested with. Only the other accuracy is of digits it has "
        "never seen, and here that is the one called training.",
    ),
    "detached": Slip(
        "detach() in the middle",
        right="x.flatten(1)",
        wrong="x.detach().flatten(1)",
        hint="Which layers get a gradient?",
        why="detach() cuts the graph: backward() stops there. The convolutions stay as they were drawn; the "
        "last two layers do what they can with them.",
    ),
    "not_scaled": Slip(
        "Test digits not scaled",
        right="return net(scale(images))",
        wrong="return net(images.float())",
        hint="What numbers is it given in training, and what in the test?",
        why="It learned from small numbers and is asked with 0 to 255. Its answers are far "
        "too sure, so what is wrong costs much.",
    ),
    "other_net": Slip(
        "Optimizer of another network",
        right="torch.optim.RMSprop(net.parameters()",
        wrong="torch.optim.RMSprop(Net().parameters()",
        hint="How far did the weights move?",
        why="Net() makes a second network, and the optimizer holds its parameters. The one that is trained "
        "and asked never changes.",
    ),
    "off_by_one": Slip(
        "Labels off by one",
        right="labels[batch]\n",
        wrong="(labels[batch] + 1) % 10\n",
        hint="Its loss falls as it should. What does it say?",
        why="It learned to say 4 for a 3, and learned that well. Nothing on the way knows what an image is; "
        "the label alone says so.",
    ),
}

# Slips that change nothing here, which is worth knowing too.
HARMLESS: Mapping[str, Slip] = {
    "no_eval_no_dropout": Slip(
        "eval() forgotten, but no dropout",
        right="    net.eval()\n",
        wrong="",
        hint="Which layer behaves in another way after eval()?",
        why="Only dropout and batch norm know of eval(). A network with neither answers the same.",
        near=("return net(",),
        given=(("        x = F.dropout(x, 0.5, self.training)\n", ""),),
    ),
    "scaled_twice": Slip(
        "Scaled twice, on both sides",
        right="return (images / 255 - 0.13) / 0.31",
        wrong="return ((images / 255 - 0.13) / 0.31 - 0.13) / 0.31",
        hint="Training and test both go through scale().",
        why="Another scale is only another scale, as long as training and test have the same: the first "
        "layer learns to read it.",
    ),
    "summed": Slip(
        "The loss summed, not averaged",
        right="dim=1), y)",
        wrong='dim=1), y, reduction="sum")',
        hint="Every gradient is 50 times as large. What does RMSprop divide by?",
        why="RMSprop divides each gradient by its usual size: 50 times more makes no difference. Plain "
        "SGD would take steps 50 times as long.",
    ),
}
SLIPS: Mapping[str, Slip] = {**BUGS, **HARMLESS}

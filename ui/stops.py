"""The pages in their order: what each is called, which question it answers, where it is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Stop:
    """One page. Its address is its file: mnist/train.py is found at /mnist_train."""

    file: str  # below pages/
    title: str  # what a novice calls it
    icon: str
    word: str = ""  # what an expert calls it
    number: str = ""  # by which a teacher calls it
    teaches: str = ""  # what one can say afterwards
    minutes: int = 0  # that one spends there
    also: tuple[Stop, ...] = field(default=())  # the same question asked of another subject
    subject: str = ""  # where the same question is asked of several

    @property
    def address(self) -> str:
        return "" if self.file == "home.py" else self.file.removesuffix(".py").replace("/", "_")

    @property
    def folder(self) -> str:
        """Its subject."""
        return self.file.partition("/")[0]

    @property
    def label(self) -> str:
        """In the sidebar, at the head of a browser's tab, and in links."""
        return f"{self.number} {self.title}".strip()

    @property
    def heading(self) -> str:
        """Markdown, with the expert's word in grey."""
        return f"{self.label} :gray[· {self.word}]" if self.word else self.label


SECTIONS: Mapping[str, tuple[Stop, ...]] = {
    "Start": (
        Stop("home.py", "Home", "home"),
        Stop("runs.py", "My runs", "stacked_line_chart"),
        Stop("my_work.py", "My work", "edit_note", "notebook"),
        Stop("class.py", "Class", "groups", "for the teacher"),
        Stop("words.py", "Words", "menu_book", "glossary"),
    ),
    "1 Try it": (
        Stop(
            "mnist/draw.py",
            "Draw a digit",
            "draw",
            number="1.1",
            teaches="It must pick one of ten digits, whatever it sees.",
            minutes=7,
        ),
        Stop(
            "mnist/fool.py",
            "Fool it",
            "psychology_alt",
            "adversarial examples",
            "1.2",
            teaches="Sure is not safe: a few pixels are enough.",
            minutes=8,
        ),
        Stop(
            "mnist/hand.py",
            "Teach it your hand",
            "front_hand",
            "fine-tuning",
            "1.3",
            teaches="A few examples teach it; without the old ones it forgets.",
            minutes=8,
        ),
        Stop(
            "recogniser.py",
            "Name a photograph",
            "image_search",
            number="1.4",
            teaches="It picks from its list; a forgotten line fails without a word.",
            minutes=10,
        ),
        Stop(
            "classifier.py",
            "Teach it your pictures",
            "photo_library",
            "transfer learning",
            "1.5",
            teaches="Borrow a network; judge by what it never saw.",
            minutes=20,
        ),
        Stop(
            "picture_app.py",
            "Use it as an app",
            "apps",
            "deployment",
            "1.6",
            teaches="An app picks one of its classes, whatever it is shown.",
            minutes=5,
        ),
        Stop(
            "gan.py",
            "The forger's game",
            "theater_comedy",
            "GAN",
            "1.7",
            teaches="Two nets train each other; a falling loss is not the goal.",
            minutes=12,
            also=(
                Stop("gan/train.py", "Train a forger", "swords", "GAN", "1.7", subject="Train it"),
                Stop(
                    "gan/plane.py",
                    "A forger in the plane",
                    "scatter_plot",
                    "GAN",
                    "1.7",
                    subject="In the plane",
                ),
            ),
            subject="Real or fake?",
        ),
    ),
    "2 Train it": (
        Stop(
            "playground.py",
            "A network in the plane",
            "bubble_chart",
            "playground",
            "2.1",
            teaches="Hidden layers invent the features you would design.",
            minutes=12,
        ),
        Stop(
            "mnist/train.py",
            "Train on digits",
            "model_training",
            number="2.2",
            teaches="Predict, measure, blame, nudge: the learning rate sizes the nudge.",
            minutes=15,
            also=(
                Stop(
                    "lr_finder.py",
                    "Find a learning rate",
                    "query_stats",
                    "range test",
                    "2.2",
                    subject="Find a learning rate",
                ),
            ),
            subject="Train",
        ),
        Stop(
            "black_patch/train.py",
            "The black patch",
            "select_all",
            "100 % and wrong",
            "2.3",
            teaches="100 % on a test can hide half the task.",
            minutes=15,
        ),
        Stop(
            "optimizers/race.py",
            "Optimizer race",
            "downhill_skiing",
            number="2.4",
            teaches="Same hill, different step rule.",
            minutes=8,
        ),
        Stop(
            "mnist/loss_surface.py",
            "Loss landscape",
            "landscape",
            "loss surface",
            "2.5",
            teaches="A flat cut shows two directions of many.",
            minutes=10,
        ),
        Stop(
            "bug_lab.py",
            "Bug lab",
            "bug_report",
            "debugging",
            "2.6",
            teaches="Curves are symptoms: each bug has its own.",
            minutes=12,
        ),
        Stop(
            "builder.py",
            "Build your own network",
            "construction",
            "architecture",
            "2.7",
            teaches="Each block fixes what the next one can be.",
            minutes=12,
        ),
    ),
    "3 Look inside": (
        Stop(
            "black_patch/inside.py",
            "One step by hand",
            "troubleshoot",
            "backpropagation",
            "3.1",
            teaches="A weight's blame is error × what flowed through it.",
            minutes=12,
        ),
        Stop(
            "tensors.py",
            "Tensors and autograd",
            "schema",
            number="3.2",
            teaches="Tensors remember operations; backward replays them.",
            minutes=12,
        ),
        Stop(
            "activations_and_gradients.py",
            "Signals and blame",
            "swap_horiz",
            "activations and gradients",
            "3.3",
            teaches="A gradient is a product along the path.",
            minutes=10,
        ),
        Stop(
            "mnist/activations.py",
            "What the filters see",
            "grid_view",
            "activations",
            "3.4",
            teaches="A filter is a small pattern slid over the image.",
            minutes=8,
        ),
        Stop(
            "mnist/embedding.py",
            "How layers sort images",
            "scatter_plot",
            "embedding",
            "3.5",
            teaches="Layers re-place data until one cut separates it.",
            minutes=8,
            also=(
                Stop(
                    "black_patch/embedding.py",
                    "How layers sort patches",
                    "scatter_plot",
                    "embedding",
                    "3.5",
                    subject="The black patch",
                ),
            ),
            subject="Digits",
        ),
        Stop(
            "mnist/structure.py",
            "Layers and sizes",
            "account_tree",
            "structure",
            "3.6",
            teaches="Most parameters is not most work.",
            minutes=6,
        ),
    ),
    "4 Build for real": (
        Stop(
            "mnist/data.py",
            "Data and batches",
            "stacks",
            "DataLoader",
            "4.1",
            teaches="Drawn, prepared and stacked: the same way, forever.",
            minutes=10,
        ),
        Stop(
            "mnist/profiling.py",
            "Where the time goes",
            "speed",
            "profiling",
            "4.2",
            teaches="A layer that learns nothing takes time too.",
            minutes=8,
            also=(
                Stop(
                    "black_patch/profiling.py",
                    "Where plain Python's time goes",
                    "timer",
                    "profiling",
                    "4.2",
                    subject="The black patch",
                ),
            ),
            subject="Digits",
        ),
        Stop(
            "mnist/export.py",
            "Take it with you",
            "ios_share",
            "export",
            "4.3",
            teaches="A model is weights, architecture and preprocessing.",
            minutes=5,
        ),
    ),
}

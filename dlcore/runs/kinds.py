"""What kinds of work there are. A new kind of run or task is one entry.

An entry names modules, attributes, pages and files, so that a worker imports only what its own work needs,
and nothing here imports a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from dlcore.presets import FREE, Preset
from dlcore.runs.protocol import Job, Submission
from dlcore.schema import Config
from dlcore.training.variations import Variation

DLCORE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Kind:
    """`job` is "module:Class"; calling it with a Submission makes the Job.

    A task of a `fresh` kind gets a process that has done nothing yet and does nothing afterwards. One of a
    `threaded` kind leaves a thread at work when it is cancelled: its process ends with it. One of a `last`
    kind comes after all others, and one of them works at a time. What one of a `private` kind was asked and
    has said is forgotten once nobody wants it. One of an `alone` kind starts processes of its own: one of
    them works at a time.
    """

    title: str
    job: str
    fresh: bool = field(default=False, kw_only=True)
    threaded: bool = field(default=False, kw_only=True)
    last: bool = field(default=False, kw_only=True)
    private: bool = field(default=False, kw_only=True)
    alone: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Lens:
    """A page to look at a run through: its file below pages/, the words and the icon of a link to it."""

    page: str
    words: str
    icon: str


@dataclass(frozen=True)
class Shipped:
    """The run of a kind that comes with the lab. Its folder lies below dlcore.

    `at_first`: Runs shows it to a newcomer too; else only to who has a run of its kind.
    """

    id: str
    name: str
    folder: str
    at_first: bool = field(default=True, kw_only=True)

    @property
    def path(self) -> Path:
        return DLCORE / self.folder


@dataclass(frozen=True)
class RunKind(Kind):
    """All that the lab needs to know of a kind of run.

    `config` is the class of its settings, `presets` and `variations` are mappings by name, all as
    "module:attribute". `page` is where it is trained, a file below pages/, or "" if it has
    no page of its own; `lenses` are further pages.
    `evaluation` is the kind of task that measures a checkpoint on the 10,000 test digits, if one can.
    `command` is its typer app. `shown_as` is another kind, if its networks read the same images: the pages
    of that one show runs of this one too.
    """

    config: str
    presets: str
    page: str
    lenses: tuple[Lens, ...] = ()
    variations: str = "dlcore.training.variations:VARIATIONS"
    evaluation: str = ""
    shipped: Shipped | None = None
    command: str = ""
    shown_as: str = ""

    @property
    def address(self) -> str:
        """Of its training page, as the router makes it from the file; without one, of Runs."""
        return (self.page or "runs.py").removesuffix(".py").replace("/", "_")


RUN_KINDS: Mapping[str, RunKind] = {
    "mnist": RunKind(
        "Digits",
        job="dlcore.runs.jobs.mnist:TrainJob",
        config="dlcore.training.config:TrainConfig",
        presets="dlcore.training.recipes:PRESETS",
        page="mnist/train.py",
        lenses=(
            Lens("mnist/draw.py", "Draw for it", ":material/draw:"),
            Lens("mnist/loss_surface.py", "Its surface", ":material/landscape:"),
            Lens("mnist/activations.py", "Look inside", ":material/grid_view:"),
            Lens("mnist/export.py", "Take it away", ":material/ios_share:"),
        ),
        evaluation="evaluate",
        shipped=Shipped("shipped", "The shipped model", "mnist/assets/shipped"),
        command="dlcore.cli.mnist:app",
    ),
    "black_patch": RunKind(
        "Black patch",
        job="dlcore.runs.jobs.blackpatch:TrainJob",
        config="dlcore.blackpatch.config:PatchConfig",
        presets="dlcore.blackpatch.config:PRESETS",
        page="black_patch/train.py",
        lenses=(
            Lens("black_patch/inside.py", "Inside", ":material/troubleshoot:"),
            Lens("black_patch/embedding.py", "Embedding", ":material/scatter_plot:"),
        ),
        shipped=Shipped("shipped-patch", "The shipped patch finder", "blackpatch/assets/shipped"),
        command="dlcore.cli.blackpatch:app",
    ),
    "hand": RunKind(
        "Your hand",
        job="dlcore.runs.jobs.hand:HandJob",
        config="dlcore.hand.config:HandConfig",
        presets="dlcore.hand.config:PRESETS",
        page="mnist/hand.py",
        lenses=(
            Lens("mnist/draw.py", "Draw for it", ":material/draw:"),
            Lens("mnist/fool.py", "Fool it", ":material/psychology_alt:"),
            Lens("mnist/activations.py", "Look inside", ":material/grid_view:"),
        ),
        evaluation="evaluate",
        shown_as="mnist",
    ),
    "classifier": RunKind(
        "Your pictures",
        job="dlcore.runs.jobs.tuning:TuningJob",
        config="dlcore.classifier.tuning:TuneConfig",
        presets="dlcore.classifier.tuning:PRESETS",
        page="",
        lenses=(Lens("classifier.py", "Its pictures", ":material/photo_library:"),),
    ),
    "gan": RunKind(
        "Forger's game",
        job="dlcore.runs.jobs.gan:GanJob",
        config="dlcore.gan.config:GanConfig",
        presets="dlcore.gan.config:PRESETS",
        page="gan/train.py",
        lenses=(Lens("gan.py", "Real or fake?", ":material/visibility:"),),
        shipped=Shipped("shipped-gan", "The shipped game", "gan/assets/shipped", at_first=False),
        command="dlcore.cli.gan:app",
    ),
    "images": RunKind(
        "Other images",
        job="dlcore.runs.jobs.images:TrainJob",
        config="dlcore.training.images_config:ImagesConfig",
        presets="dlcore.training.recipes:PRESETS",
        page="",
    ),
}
TASK_KINDS: Mapping[str, Kind] = {
    "evaluate": Kind("Evaluation", "dlcore.runs.jobs.mnist:EvaluateJob"),
    "embed": Kind("Embedding", "dlcore.runs.jobs.embedding:EmbedJob", threaded=True),
    "export": Kind("Export", "dlcore.runs.jobs.export:ExportJob", threaded=True),
    "export_forger": Kind("Export", "dlcore.runs.jobs.forger_export:ForgerExportJob", threaded=True),
    "inference_race": Kind("Inference race", "dlcore.runs.jobs.export:InferenceRaceJob", fresh=True),
    "embed_digits": Kind("Embedding", "dlcore.runs.jobs.digit_embedding:DigitEmbedJob", threaded=True),
    "switch_off": Kind("Switching off", "dlcore.runs.jobs.switching:SwitchJob"),
    "buglab": Kind("Bug lab", "dlcore.runs.jobs.buglab:BugLabJob"),
    "lr_finder": Kind("Learning rate", "dlcore.runs.jobs.lr_finder:SearchJob"),
    "lr_tries": Kind("Learning rates tried", "dlcore.runs.jobs.lr_finder:TryJob"),
    "hardness": Kind("Fooling", "dlcore.runs.jobs.fooling:HardnessJob"),
    "gather": Kind("Pictures", "dlcore.runs.jobs.classifier:GatherJob", private=True),
    "features": Kind("Features", "dlcore.runs.jobs.classifier:FeaturesJob", private=True),
    "zip_classifier": Kind("Zip", "dlcore.runs.jobs.picture_app:ZipJob", threaded=True),
    "learning_curve": Kind("Learning curve", "dlcore.runs.jobs.classifier:CurveJob"),
    "scratch": Kind("From scratch", "dlcore.runs.jobs.classifier:ScratchJob", private=True),
    "fetch_weights": Kind("Weights", "dlcore.runs.jobs.fetching:FetchJob", fresh=True),
    "look": Kind("Where it looked", "dlcore.runs.jobs.vision:LookJob"),
    "beside": Kind("Side by side", "dlcore.runs.jobs.vision:BesideJob", fresh=True),
    "devices": Kind("Devices", "dlcore.runs.jobs.devices:DevicesJob", fresh=True),
    "ranks": Kind("Ranks", "dlcore.runs.jobs.distributed:RanksJob", fresh=True, alone=True),
    "loading": Kind("Loading", "dlcore.runs.jobs.batches:LoadingJob", fresh=True),
    "torch_profile": Kind("Torch profile", "dlcore.runs.jobs.torch_profile:TorchProfileJob", fresh=True),
    "surface": Kind("Surface", "dlcore.runs.jobs.landscape:SurfaceJob"),
    "rolling": Kind("Surface under a run", "dlcore.runs.jobs.rolling:RollingJob", last=True),
    "line": Kind("Line", "dlcore.runs.jobs.landscape:LineJob"),
    "sharpness": Kind("Sharpness", "dlcore.runs.jobs.landscape:SharpnessJob"),
    "profile": Kind("Profile", "dlcore.runs.jobs.profiling:ProfileJob", fresh=True),
}


def load(path: str) -> Any:
    """The attribute that "module:attribute" names."""
    module, attribute = path.split(":")
    return getattr(import_module(module), attribute)


def kind_named(name: str) -> Kind:
    return RUN_KINDS.get(name) or TASK_KINDS[name]


def warm(name: str) -> None:
    """Make this process ready for that kind of work: its job's module is imported, and its `warm` called."""
    module = import_module(kind_named(name).job.partition(":")[0])
    if (prepare := getattr(module, "warm", None)) is not None:
        prepare()


def make_job(submission: Submission) -> Job:
    """The job of a submission, its modules imported and its payload checked.

    Raises ConfigError if the payload is out of bounds.
    """
    job: Job = load(kind_named(submission.kind).job)(submission)
    return job


# --- What a run's kind says of it; a kind that this version does not know has no knobs -------------


def config_type(kind: str) -> type[Config]:
    """The class of its configurations."""
    return load(RUN_KINDS[kind].config) if kind in RUN_KINDS else Config


def lenses(kind: str) -> tuple[Lens, ...]:
    """The pages to look at a run through, first the one where it was trained."""
    known = RUN_KINDS.get(kind)
    if known is None:
        return ()
    trained = (Lens(known.page, "Open", ":material/open_in_new:"),) if known.page else ()
    return (*trained, *known.lenses)


def shown_as(kind: str) -> str:
    """The kind on whose pages a run of this kind is looked at: most often its own."""
    return (kind in RUN_KINDS and RUN_KINDS[kind].shown_as) or kind


def shown_with(kind: str) -> tuple[str, ...]:
    """This kind, and those whose runs its pages show too."""
    return (kind, *(name for name, known in RUN_KINDS.items() if known.shown_as == kind))


def presets(kind: str) -> Mapping[str, Preset[Any]]:
    return load(RUN_KINDS[kind].presets) if kind in RUN_KINDS else {}


def preset_of(kind: str, config: Config) -> str | None:
    """The preset this configuration is, whatever its seed and device; None if somebody turned a knob."""
    settings = config.model_dump(exclude=set(FREE))
    known = presets(kind).items()
    return next((name for name, p in known if p.config.model_dump(exclude=set(FREE)) == settings), None)


def variations(kind: str) -> Mapping[str, Variation]:
    """How a run of this kind can be repeated with one knob turned: a knob that it has."""
    known: Mapping[str, Variation] = load(RUN_KINDS[kind].variations) if kind in RUN_KINDS else {}
    fields = config_type(kind).model_fields
    return {name: found for name, found in known.items() if not found.knob or found.knob in fields}

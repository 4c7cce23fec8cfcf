"""Every error a user can meet. Each message is one sentence that says what is wrong and the way out.

DlcoreError
├── ConfigError       a hyper-parameter outside its bounds
├── DataError         a data file missing or altered
├── CheckpointError   weights that are missing, damaged or do not fit their net
├── UploadError       a file or drawing that cannot be used
├── ExportError       a format that a net cannot be written in, here or at all
├── RunError          a run or task that is unknown, or cannot do what was asked
│   ├── HeldUpError   a run, or a process, that does not answer at the moment
│   ├── EndedError    a run that ended before it could be steered
│   ├── LeaseError    a run that another process has taken up
│   └── LackError     a run that this computer has no images for
└── StoreError        the database or the data folder cannot be used
    └── BlobError     the object store of weights cannot be used
"""


class DlcoreError(Exception):
    """The root: whoever shows errors to people catches this one."""


class ConfigError(DlcoreError):
    """A hyper-parameter outside its bounds. Reads "X must be C. Got V instead."."""


class DataError(DlcoreError):
    """A data file is missing or is not the file it should be."""


class CheckpointError(DlcoreError):
    """Weights are missing, damaged, or do not fit their net."""


class VisionError(DlcoreError):
    """A network for photographs that cannot be had here."""


class UploadError(DlcoreError):
    """A file or drawing from a user cannot be used."""


class ExportError(DlcoreError):
    """A net cannot be written in that format, here or at all."""


class RunError(DlcoreError):
    """A run or task is unknown, or cannot do what was asked of it."""


class HeldUpError(RunError):
    """The process of a run does not answer at the moment."""


class EndedError(RunError):
    """A run had ended before it was steered: nobody has done anything wrong."""


class LeaseError(RunError):
    """A run is another process's now: whoever held it before writes no more of it."""


class LackError(RunError):
    """A run cannot be trained on this computer, which lacks its images; on another one it may."""


class StoreError(DlcoreError):
    """The database or the data folder cannot be used."""


class BlobError(StoreError, OSError):
    """The object store in which weights are kept cannot be used. An OSError too: a disk that is far away."""

import os
import sys
import warnings

# Threads of several processes share few cores: waiting ones must sleep, not spin. Torch reads this once.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from dlcore.cli import ending, output

if not sys.warnoptions:
    warnings.simplefilter("ignore")  # a library's, of what we say in a sentence; `python -W` shows them
ending.ASKED.listen()  # before what takes seconds to import
with output.lasting(), ending.told():
    from dlcore.cli.main import main

    main()

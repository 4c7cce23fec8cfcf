import os

# Threads of several processes share few cores: waiting ones must sleep, not spin. Torch reads this once.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from dlcore.cli import ending, output

ending.ASKED.listen()  # before what takes seconds to import
with output.lasting(), ending.told():
    from dlcore.cli.main import main

    main()

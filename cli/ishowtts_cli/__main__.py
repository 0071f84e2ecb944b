"""`python -m ishowtts_cli` is `ishowtts`."""

from ishowtts_cli.app import main

raise SystemExit(main())

"""The `ishowtts` command: starts nodes, asks a running pipeline, speaks without one."""

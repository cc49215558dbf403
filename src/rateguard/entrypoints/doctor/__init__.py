"""
``rateguard doctor``: looks at the machine as an experienced colleague would.

A check looks at one thing and yields findings; :mod:`.checklist` names them
all.
"""

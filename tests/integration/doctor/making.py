"""How a good machine is made."""

from __future__ import annotations

import grp
import os
import pwd
import shutil

from collections.abc import Mapping
from pathlib import Path

from tests.integration.doctor.machine import DATA, USER, Machine
from tests.integration.rigs.daemon import PrivateDaemon


_MASTER_CF = """\
smtp inet n - y - - smtpd
submission inet n - y - - smtpd
127.0.0.1:10025 inet n - n - - smtpd -o content_filter= -o {data}=
"""


def good_machine(
    *, daemon: PrivateDaemon, template: Path, folder: Path, queue: Path
) -> Machine:
    """
    Return a machine on which nothing is wrong, around a daemon whose first
    socket is in Postfix's *queue*, with a copy of the database *template*.
    """
    (folder / "postfix").mkdir()
    (folder / "state").mkdir()
    shutil.copy(template, folder / "state" / "rateguard.db")
    (folder / "log").mkdir()
    (folder / "log" / "rateguard.log").touch()
    (folder / "postfix" / "main.cf").write_text(
        f"compatibility_level = 3.6\nqueue_directory = {queue}\n"
        "smtpd_sasl_auth_enable = yes\n"
    )
    (folder / "postfix" / "master.cf").write_text(_MASTER_CF.format(data=DATA))
    user = pwd.getpwnam(USER)
    for path in folder.rglob("*"):
        os.chown(path, user.pw_uid, grp.getgrnam(USER).gr_gid)
    machine = Machine(daemon, folder, {})
    machine.set(**_settings(machine))
    machine.env_file.chmod(0o640)
    check = machine.check("unix:rateguard/policy")
    machine.ask(f"reject_unauth_pipelining, {check}, permit")
    return machine


def _settings(machine: Machine) -> Mapping[str, str]:
    return {
        "SOCKET": str(machine.socket),
        "DB_DATABASE": str(machine.database),
        "LOG_FILE": str(machine.folder / "log" / "rateguard.log"),
        "WEBHOOK_ENABLED": "true",
        # A port that takes connections is a receiver.
        "WEBHOOK_URL": f"http://127.0.0.1:{machine.port}/{{sender}}",
        "WEBHOOK_SECRET": "secret",
    }

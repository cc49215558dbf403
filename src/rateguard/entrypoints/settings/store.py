"""The settings of the database."""

from __future__ import annotations

import datetime as dt

import environ

from rateguard.entrypoints.settings import values
from rateguard.entrypoints.settings.values import setting


@environ.config(prefix="", frozen=True)
class StoreSettings:
    """A part of the settings."""

    db_driver: str = setting(
        "DB_DRIVER",
        "",
        values.one_of({"sqlite3": "sqlite3", "pymysql": "pymysql"}),
        "sqlite3 or pymysql",
        "sqlite3 or pymysql; pymysql if DB_HOST, DB_USER or DB_PASSWORD is set,"
        " else sqlite3",
    )
    db_host: str = setting(
        "DB_HOST",
        "localhost",
        values.one_line,
        "a host name or a socket path",
        "host of the database server, or the path of its socket",
    )
    db_port: int = setting(
        "DB_PORT",
        "3306",
        values.whole(1, values.MAX_PORT),
        "a port",
        "port of the database server",
    )
    db_user: str = setting(
        "DB_USER",
        "policyd-rate-guard",
        values.one_line,
        "one line",
        "user at the database server",
    )
    db_password: str | None = setting(
        "DB_PASSWORD",
        "",
        values.one_line,
        "one line",
        "password at the database server",
    )
    db_database: str = setting(
        "DB_DATABASE",
        "",
        values.one_line,
        "a name or a path",
        "database, policyd-rate-guard if unset; with SQLite its file, rateguard.db"
        " in $STATE_DIRECTORY or in the working directory if unset",
    )
    db_pool_mincached: int = setting(
        "DB_POOL_MINCACHED",
        "0",
        values.whole(0, 1000),
        "a number up to 1000",
        "connections opened at once, at the first use",
    )
    db_pool_maxcached: int = setting(
        "DB_POOL_MAXCACHED",
        "10",
        values.whole(0, 1000),
        "a number up to 1000",
        "idle connections kept; 0 keeps all",
    )
    db_pool_maxshared: int = setting(
        "DB_POOL_MAXSHARED",
        "10",
        values.whole(0, 1000),
        "a number up to 1000",
        "accepted for compatibility; connections are never shared",
    )
    db_pool_maxusage: int = setting(
        "DB_POOL_MAXUSAGE",
        "10000",
        values.whole(0),
        "a number",
        "transactions after which a connection is replaced; 0 never",
    )
    db_timeout: dt.timedelta = setting(
        "DB_TIMEOUT",
        "5",
        values.seconds,
        "seconds, above 0 and up to 3600",
        "seconds for connecting, each read and each write",
    )
    db_lanes: int = setting(
        "DB_LANES",
        "",
        values.whole(1, 64),
        "a number from 1 to 64",
        "writers side by side, a sender always with the same one; 1 for SQLite,"
        " 2 for a server if unset",
    )
    db_auto_migrate: bool = setting(
        "DB_AUTO_MIGRATE",
        "",
        values.boolean,
        "true or false",
        "bring the schema up at start; true for SQLite, false for a server if unset",
    )

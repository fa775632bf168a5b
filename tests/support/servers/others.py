"""A real MariaDB and a real Dovecot, Debian's, each in a folder of its own."""

from pathlib import Path

from servers.server import Listening, demand, own_port, told

DOVECOT = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
default_internal_user = nobody
default_login_user = nobody
default_internal_group = nogroup
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def mariadb(folder: Path) -> tuple[str, Listening]:
    """The address of an empty database, and its server, which listens."""
    demand("mariadbd", "mariadb-install-db")
    port, data = own_port(), folder / "data"
    told(
        [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
            "--user=root",
            "--skip-test-db",
        ],
        folder,
    )
    command = ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={folder}/s", f"--port={port}"]
    server = Listening(folder, [*command, "--bind-address=127.0.0.1", "--user=root"], port)
    server.start()
    told(
        [
            "mariadb",
            "--no-defaults",
            f"--socket={folder}/s",
            "-e",
            "CREATE DATABASE desk CHARACTER SET utf8mb4",
        ],
        folder,
    )
    return f"mysql+pymysql://root@127.0.0.1:{port}/desk?charset=utf8mb4", server


def dovecot(folder: Path) -> Listening:
    """A server of accounts that are there as soon as somebody logs in with the password `secret`."""
    demand("dovecot")
    port = own_port()
    for name in ("run", "mail"):
        (folder / name).mkdir()
    (folder / "mail").chmod(0o777)
    config = folder / "dovecot.conf"
    config.write_text(DOVECOT.format(folder=folder, port=port))
    server = Listening(folder, ["dovecot", "-F", "-c", str(config)], port)
    server.start()
    return server

"""deploy/: what an image is made of, which settings it is given, what it opens. No container engine is needed for these."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import compose_spec
import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
NGINX_CONF = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
SETTING = re.compile(r"\bCITEWIRE_[A-Z0-9_]+\b")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """compose.yaml with the defaults of its variables and its anchors resolved."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", (DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert "${" not in text, "every variable has a default"
    return yaml.safe_load(text)


def known_settings() -> set[str]:
    """Every environment variable that some line of ours reads: by name, as an option, or as a field of settings."""
    from assistant.settings import Settings
    from index.configured import UpstreamSettings

    sources = [
        path.read_text(encoding="utf-8") for package in ("index", "assistant", "ui") for path in (ROOT / package).rglob("*.py")
    ]
    read = {name for text in sources for name in re.findall(r"""["'](CITEWIRE_[A-Z0-9_]+)["']""", text)}
    return read | {f"CITEWIRE_{field.upper()}" for kind in (Settings, UpstreamSettings) for field in kind.model_fields}


def program(name: str) -> str:
    """:raises AssertionError: if a program that `make test` installs is not here."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    assert found, f"there is no {name}: `make test` sets up what tests need"
    return found


def test_compose_is_of_the_specification(compose: dict[str, Any]) -> None:
    parsed = compose_spec.PyCompose.from_json(json.dumps(compose))
    assert {"door", "chat-1", "chat-2", "chroma", "model", "build"} <= set(parsed.service_names())
    broken = json.dumps(compose).replace('"unless-stopped"', '"sometimes"')
    with pytest.raises(ValueError, match="sometimes"):
        compose_spec.PyCompose.from_json(broken)


def test_what_services_refer_to_is_there(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        networks = service.get("networks", [])
        assert set(networks) <= set(compose["networks"]), name
        assert set(service.get("depends_on", [])) <= set(compose["services"]), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (DEPLOY / source).exists(), volume
            else:
                assert source in compose["volumes"], volume


def test_every_setting_is_one_that_citewire_reads(compose: dict[str, Any]) -> None:
    given = {name for service in compose["services"].values() for name in service.get("environment", {})}
    given |= set(SETTING.findall(DOCKERFILE)) | set(SETTING.findall((DEPLOY / "serve_model.py").read_text(encoding="utf-8")))
    assert len(given) > 8 and given <= known_settings(), given - known_settings()


def test_every_setting_is_described() -> None:
    described = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    rows = {name for line in described.splitlines() if line.startswith("|") for name in SETTING.findall(line.split("|")[1])}
    assert rows == known_settings(), rows ^ known_settings()


def test_only_the_door_is_open_and_only_to_this_machine(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert set(published) == {"door"} and all(port.startswith("127.0.0.1:") for port in published["door"])
    assert compose["networks"]["inside"]["internal"] is True
    outside = [name for name, service in compose["services"].items() if "outside" in service.get("networks", [])]
    assert set(outside) == {"door", "models"}, "nothing else reaches, or is reached from, beyond the containers"


def test_no_container_is_root_or_may_become_it(compose: dict[str, Any]) -> None:
    user = re.findall(r"^USER (\d+):\d+$", DOCKERFILE, re.M)[-1]
    assert int(user) > 0
    for name, service in compose["services"].items():
        assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"] and not service.get("privileged") and service["image"].split(":")[0] in ("citewire", "nginx")


def test_the_user_may_write_where_volumes_are_mounted(compose: dict[str, Any]) -> None:
    """A volume takes over whose its folder in the image is; where there is none, it is root's."""
    made = set(re.search(r"install --directory --owner=citewire --group=citewire ((?:/\w+ ?)+)", DOCKERFILE)[1].split())
    ours = [service for service in compose["services"].values() if service["image"].startswith("citewire")]
    mounted = {volume.split(":")[1] for service in ours for volume in service.get("volumes", []) if volume[0] not in "./"}
    assert {"/users", "/feedback", "/data"} <= mounted <= made


def test_no_secret_is_written_down(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert not service.get("environment", {}).get("CITEWIRE_LLM_KEY"), "a key comes from the environment"
    for text in (DOCKERFILE, NGINX_CONF, (DEPLOY / "compose.yaml").read_text(encoding="utf-8")):
        assert not re.search(r"(?i)(password|secret|token|key)\s*[:=]\s*['\"]?\w{8,}", text)


def test_the_proxy_that_is_believed_is_the_one_in_front(compose: dict[str, Any]) -> None:
    subnet = ip_network(compose["networks"]["inside"]["ipam"]["config"][0]["subnet"])
    address = {
        name: service["networks"]["inside"]["ipv4_address"]
        for name, service in compose["services"].items()
        if isinstance(service.get("networks"), dict)
    }
    assert all(ip_address(each) in subnet for each in address.values()) and len(set(address.values())) == len(address)
    replicas = [name for name in compose["services"] if name.startswith("chat-")]
    assert re.findall(r"^\s+server ([\d.]+):7860 ", NGINX_CONF, re.M) == [address[name] for name in replicas]
    for name in replicas:
        assert compose["services"][name]["environment"]["CITEWIRE_BEHIND_PROXY"] == address["door"]


@pytest.mark.parametrize("wrong", ["", "proxy_buffring off;"])
def test_nginx_takes_its_configuration(tmp_path: Path, wrong: str) -> None:
    conf = tmp_path / "nginx.conf"
    text = NGINX_CONF.replace("/tmp/nginx", f"{tmp_path}/nginx").replace("proxy_buffering off;", wrong or "proxy_buffering off;")
    conf.write_text(text, encoding="utf-8")
    command = [program("nginx"), "-t", "-p", str(tmp_path), "-c", str(conf)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode == 0) == (not wrong), checked.stderr


def test_the_linter_finds_nothing_in_the_dockerfile() -> None:
    linted = subprocess.run([program("hadolint"), DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout) == (0, "")


def test_what_the_dockerfile_copies_gets_to_the_engine() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    copied = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ") and "--from" not in line]
    sources = {source for line in copied for source in line}
    assert sources == allowed and all((ROOT / source).exists() for source in sources)


def test_the_image_has_what_runs_and_not_what_tests() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    command = [sys.executable, DEPLOY / "requirements.py"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert set(project["dependencies"]) <= set(listed) and not set(project["optional-dependencies"]["dev"]) & set(listed)
    unknown = subprocess.run([*command, "nonsense"], capture_output=True, text=True, check=False)
    assert unknown.returncode == 1 and "There is no extra nonsense" in unknown.stderr


def test_the_model_server_says_what_it_cannot_serve(tmp_path: Path) -> None:
    command = [sys.executable, DEPLOY / "serve_model.py", "nonsense"]
    environment = os.environ | {"CITEWIRE_MODELS": str(tmp_path), "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1 and "nonsense is no answer model that is here" in ended.stderr
    assert "Traceback" not in ended.stderr

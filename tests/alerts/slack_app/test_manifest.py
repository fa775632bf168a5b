"""The manifest that people paste into Slack has what the code uses, and nothing more."""

from importlib import resources

import pytest
import yaml

from alerts.slack_check import APP_SCOPES, SCOPES


@pytest.fixture(scope="module")
def manifest():
    return yaml.safe_load(resources.files("alerts.slack_app").joinpath("manifest.yaml").read_text("utf-8"))


def test_it_asks_for_the_scopes_that_check_looks_for_and_no_others(manifest):
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == {*SCOPES, *APP_SCOPES}


def test_it_needs_no_public_address(manifest):
    settings = manifest["settings"]
    assert settings["socket_mode_enabled"]
    assert settings["interactivity"] == {"is_enabled": True}
    assert all("url" not in command for command in manifest["features"]["slash_commands"])


def test_people_can_get_messages_and_write_the_command(manifest):
    assert manifest["features"]["app_home"]["messages_tab_enabled"]
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == "/complaints"
    # Slack's limits of a manifest.
    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    assert len(command["description"]) <= 2_000

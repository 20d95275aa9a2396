"""The GX project of one process: in memory, except for results and data docs; nothing is sent anywhere."""

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import great_expectations as gx
from great_expectations.data_context.types.base import DataContextConfig, ProgressBarsConfig

from data_consistency.gx.docs import SITE


def create(*, docs_dir: Path, results_dir: Path) -> Any:
    """An ephemeral project: suites are read from files each time, so that GX never rewrites them."""
    for folder in (docs_dir, results_dir):
        folder.mkdir(parents=True, exist_ok=True)
    config = DataContextConfig(
        config_version=4.0,
        progress_bars=ProgressBarsConfig(globally=False),
        expectations_store_name="expectations_store",
        validation_results_store_name="validation_results_store",
        checkpoint_store_name="checkpoint_store",
        stores={
            "expectations_store": _in_memory("ExpectationsStore"),
            "checkpoint_store": _in_memory("CheckpointStore"),
            "validation_definition_store": _in_memory("ValidationDefinitionStore"),
            "validation_results_store": {"class_name": "ValidationResultsStore", "store_backend": _folder(results_dir)},
        },
        data_docs_sites={
            SITE: {
                "class_name": "SiteBuilder",
                "show_how_to_buttons": False,
                "store_backend": _folder(docs_dir),
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "show_cta_footer": False},
                "site_section_builders": {"profiling": "none"},
            }
        },
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def dispose(source: Any) -> None:
    """Close the connections of a data source."""
    source.get_engine().dispose()
    source.get_execution_engine().engine.dispose()


def _in_memory(store: str) -> dict[str, object]:
    return {"class_name": store, "store_backend": {"class_name": "InMemoryStoreBackend"}}


def _folder(path: Path) -> dict[str, object]:
    return {
        "class_name": "TupleFilesystemStoreBackend",
        "base_directory": str(path),
        "suppress_store_backend_id": True,
    }

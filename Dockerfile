# The image of every Airflow service: the locked packages, nothing else. The code is mounted by docker-compose.yaml.
FROM python:3.12.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONPATH=/opt/data-consistency/include \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/data-consistency/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/data-consistency/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False \
    CONSISTENCY_HOME=/opt/data-consistency \
    DO_NOT_TRACK=1 \
    GX_ANALYTICS_ENABLED=false \
    SCARF_ANALYTICS=false

WORKDIR /opt/data-consistency
COPY requirements-compose.txt ./
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-compose.txt

# `consistency` on the PATH, and a health probe for an image without curl.
RUN printf '#!/bin/sh\nexec python -m data_consistency "$@"\n' > /usr/local/bin/consistency \
 && printf '#!/usr/local/bin/python -S\nimport sys, urllib.request\nurllib.request.urlopen(sys.argv[1], timeout=10)\n' > /usr/local/bin/healthy \
 && chmod 0755 /usr/local/bin/consistency /usr/local/bin/healthy

# Folders that volumes are laid over keep the owner they have here.
RUN useradd --uid 50000 --gid 0 --home-dir /opt/airflow airflow \
 && mkdir -p /opt/airflow/logs var \
 && chown -R airflow:root /opt/airflow var

USER airflow

# The image of every service of ours: the locked packages and the wheel. A checkout is mounted over it for development
# alone (docker-compose.dev.yaml).
FROM python:3.12.13-slim-bookworm AS wheel
WORKDIR /src
COPY requirements-build.txt ./
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-build.txt
COPY pyproject.toml README.md ./
COPY dags dags
COPY expectations expectations
COPY include include
COPY sql sql
RUN python -m hatchling build -t wheel -d /dist

FROM python:3.12.13-slim-bookworm
ENV PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/data-consistency/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False \
    CONSISTENCY_VAR=/opt/data-consistency/var \
    DO_NOT_TRACK=1 \
    GX_ANALYTICS_ENABLED=false \
    SCARF_ANALYTICS=false
WORKDIR /opt/data-consistency

COPY requirements-build.txt requirements-compose.txt ./
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-build.txt \
 && pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-compose.txt

COPY --from=wheel /dist /dist
RUN pip install --no-cache-dir --no-deps --no-index /dist/*.whl \
 && pip check \
 && ln -s "$(consistency where dags)" dags

# A health probe for an image without curl.
RUN printf '#!/usr/local/bin/python -S\nimport sys, urllib.request\nurllib.request.urlopen(sys.argv[1], timeout=10)\n' > /usr/local/bin/healthy \
 && chmod 0755 /usr/local/bin/healthy

# Folders that volumes are laid over keep the owner they have here.
RUN useradd --uid 50000 --gid 0 --home-dir /opt/airflow airflow \
 && mkdir -p /opt/airflow/logs var/data_docs \
 && chown -R airflow:root /opt/airflow var

USER airflow

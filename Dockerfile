# The all-in-one's image, and the `calotype` command. From the root of the checkout:
#     docker build -t calotype/standalone .
#     docker run -p 127.0.0.1:8080:8080 -v calotype:/data calotype/standalone
# Any Debian with Python 3.11 or newer as python3, and its venv module, does as the base.
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS build
RUN python3 -m venv /tools && python3 -m venv --without-pip /opt/calotype
WORKDIR /source
# What others wrote comes first, and by its hash: it changes least, and is fetched once.
COPY requirements/build.txt requirements/standalone.txt requirements/
RUN /tools/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements/build.txt \
    && /tools/bin/pip --python /opt/calotype/bin/python3 install --no-cache-dir --no-deps \
        --require-hashes -r requirements/standalone.txt
COPY pyproject.toml README.md LICENSE ./
COPY libs/core libs/core
COPY services services
COPY src src
COPY web web
RUN /tools/bin/pip wheel --no-cache-dir --no-deps --no-index --no-build-isolation -w /wheels \
        ./libs/core ./services/ingest ./services/processor ./services/query ./services/notifier . \
    && /tools/bin/pip --python /opt/calotype/bin/python3 install --no-cache-dir --no-deps \
        --no-index /wheels/*.whl

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="Calotype" \
      org.opencontainers.image.description="An image platform that you run yourself." \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 calotype \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp calotype \
    && install -d -o 10001 -g 10001 /data
COPY --from=build /opt/calotype /opt/calotype
COPY deploy/images/healthcheck.py /opt/calotype/
ENV PATH=/opt/calotype/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    CALOTYPE_HOST=0.0.0.0 CALOTYPE_PORT=8080 CALOTYPE_DATA_DIR=/data
USER 10001:10001
EXPOSE 8080
VOLUME /data
HEALTHCHECK --interval=5s --timeout=4s --start-period=90s --retries=3 \
    CMD ["python3", "-I", "/opt/calotype/healthcheck.py"]
ENTRYPOINT ["calotype"]
CMD ["serve"]

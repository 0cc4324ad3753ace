# Two stages: everything locked is fetched once, checked by its hash, and only what runs goes into the image.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock .
RUN pip download --require-hashes --dest /wheels --requirement requirements.lock
COPY . .
RUN pip install --no-index --find-links /wheels hatchling \
    && python -m hatchling build --target wheel --directory /wheels \
    && python -m venv /opt/simulator \
    && /opt/simulator/bin/pip install --no-index --find-links /wheels cityfibre-simulator

FROM python:3.13-slim
COPY --from=build /opt/simulator /opt/simulator
ENV PATH="/opt/simulator/bin:$PATH" PYTHONUNBUFFERED=1
RUN useradd --uid 10001 --no-create-home simulator
USER simulator

# 41223 is the supplier's side. 41224 is the control API, which listens inside the container only (loopback) unless it is
# given a token: docker run -e CITYFIBRE_SIM_CONTROL_TOKEN=... -e CITYFIBRE_SIM_CONTROL_HOST=0.0.0.0 -p 41224:41224 ...
EXPOSE 41223 41224
ENTRYPOINT ["cityfibre-simulator"]
CMD ["serve", "--host", "0.0.0.0"]

# The site for production: granian and the worker, configured by the environment (.env.example).
FROM python:3.11-slim

RUN useradd --create-home site
WORKDIR /site
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN mkdir -p var && chown site var
USER site

ENV HOST=0.0.0.0 PORT=8000 VAR_DIR=/site/var PYTHONUNBUFFERED=1
EXPOSE 8000
VOLUME /site/var
CMD ["python", "-m", "scripts.serve", "--production"]

"""The built page: files of ``static``, and the page itself for every address that is none of the API's."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

INDEX = "index.html"
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_UNBUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Wattstead</title>
<h1>The page is not built yet</h1>
<p>Run <code>make setup</code> in the folder of the source, then load this page again.
What it would show is also served as JSON: <a href="/api/v1/packs">packs</a>,
<a href="/api/openapi.json">everything that can be asked</a>.</p>
<p lang="fr">La page n’est pas encore construite. Lancez <code>make setup</code> dans le dossier des sources, puis
rechargez cette page.</p>
</html>
"""


class Pages(StaticFiles):
    """Serves the folder of the built page; says how to build it while it is empty."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        self._folder = folder

    async def check_config(self) -> None:
        """Do without the folder: it may be built while we run."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Give a file, or the page. Raises HTTPException for what is neither."""
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        if path.split("/")[0] == "api":
            raise HTTPException(404)
        if not (self._folder / INDEX).is_file():
            return HTMLResponse(_UNBUILT, 503, {"Cache-Control": _ASK_AGAIN, "Retry-After": "10"})
        response = await self._file_or_page(path, scope)
        # The build puts a digest of its content into the name of every file in assets: it never changes.
        response.headers["Cache-Control"] = _FOR_EVER if path.startswith("assets/") else _ASK_AGAIN
        return response

    async def _file_or_page(self, path: str, scope: Scope) -> Response:
        try:
            return await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or "." in path.strip(".").rsplit("/", 1)[-1]:
                raise
            return await super().get_response(INDEX, scope)

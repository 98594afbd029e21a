"""The plugin that `pulumi package add` starts, for programs in other languages than Python."""

from hookline.languages.host import serve

if __name__ == "__main__":
    serve()

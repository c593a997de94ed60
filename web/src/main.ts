import "./styles/base.css";
import { mount } from "svelte";
import App from "./App.svelte";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no element #app to put the page into");
mount(App, { target });

// Only a built page has a service worker, and only a secure address (or the own machine) may use one.
if (import.meta.env.PROD && "serviceWorker" in navigator) {
  navigator.serviceWorker.register("./sw.js").catch((error: unknown) => {
    console.info("The page will not open offline:", error);
  });
}
